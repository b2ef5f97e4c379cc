use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Result};

use crate::attribute::{Attribute, Returns};

/// A line of the table of contents of the library.
pub(crate) struct Entry<'a> {
    /// What `Function` is implemented for.
    pub(crate) ty: &'a TokenStream,
    /// In SQL, if the attribute does not say another.
    pub(crate) name: String,
    pub(crate) documentation: String,
    pub(crate) strict: TokenStream,
    /// An expression.
    pub(crate) signature: TokenStream,
    /// An expression.
    pub(crate) open: TokenStream,
}

impl Entry<'_> {
    /// The implementation of `Function`.
    pub(crate) fn expand(&self, attribute: &Attribute) -> TokenStream {
        let sdk = quote!(::arrowbox_sdk::__private);
        let Self {
            ty,
            name,
            documentation,
            strict,
            signature,
            open,
        } = self;
        let name = attribute
            .name
            .as_ref()
            .map_or_else(|| name.clone(), |name| name.value());
        let volatility = match &attribute.volatility {
            Some(ident) if ident == "volatile" => quote!(Volatile),
            Some(_) => quote!(Stable),
            None => quote!(Immutable),
        };
        let grants = &attribute.grants;
        quote_spanned! {Span::mixed_site()=>
            impl #sdk::Function for #ty {
                const ENTRY: #sdk::Entry = #sdk::Entry {
                    name: #name,
                    volatility: #sdk::Volatility::#volatility,
                    strict: #strict,
                    grants: &[#(#grants),*],
                    documentation: #documentation,
                    signature: || #signature,
                    open: #open,
                };
            }
        }
    }
}

/// # Errors
///
/// The attribute declares types.
pub(crate) fn refuse_declared_types(attribute: &Attribute) -> Result<()> {
    let span = match (&attribute.arguments, &attribute.returns) {
        (Some(arguments), _) => arguments
            .first()
            .map_or_else(Span::call_site, |text| text.span()),
        (None, Some(Returns::Type(text))) => text.span(),
        (None, Some(Returns::Rule(path))) => path
            .segments
            .first()
            .map_or_else(Span::call_site, |segment| segment.ident.span()),
        (None, None) => return Ok(()),
    };
    let text = "a function of rows has the types that it is written with: `arguments` and `returns` are for functions of arrays";
    Err(Error::new(span, text))
}
