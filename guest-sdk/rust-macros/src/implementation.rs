//! Attributes above the implementation of a trait, which says all there is to say but a name.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Item, ItemImpl, Result};

use crate::attribute::{Attribute, Returns};
use crate::block::{documentation, snake_case};
use crate::callable::plain_name;
use crate::types::last_name;

/// A kind of function that is made by implementing a trait.
pub(crate) struct Kind {
    /// The attribute.
    attribute: &'static str,
    /// The trait.
    implements: &'static str,
    /// Whether values stand behind the tables in a call.
    has_arguments: bool,
}

pub(crate) const MAP_BATCHES: Kind = Kind {
    attribute: "map_batches",
    implements: "MapBatches",
    has_arguments: true,
};

pub(crate) const GROUPED_MAP: Kind = Kind {
    attribute: "grouped_map",
    implements: "GroupedMap",
    has_arguments: true,
};

pub(crate) const COGROUPED_MAP: Kind = Kind {
    attribute: "cogrouped_map",
    implements: "CogroupedMap",
    has_arguments: true,
};

pub(crate) const READER: Kind = Kind {
    attribute: "reader",
    implements: "Reader",
    has_arguments: false,
};

pub(crate) const WRITER: Kind = Kind {
    attribute: "writer",
    implements: "Writer",
    has_arguments: false,
};

impl Kind {
    /// What the attribute above `item` becomes.
    pub(crate) fn expand(&self, attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
        let attribute: Attribute = syn::parse2(attribute)?;
        let item = self.block(syn::parse2(item)?)?;
        let entry = self.entry(&attribute, &item)?;
        Ok(quote! {
            #item
            #entry
        })
    }

    /// The implementation of the trait.
    fn block(&self, item: Item) -> Result<ItemImpl> {
        let Self {
            attribute,
            implements,
            ..
        } = self;
        let wrong = |span: Span| {
            let text = format!("`#[{attribute}]` stands above `impl {implements} for …`");
            Error::new(span, text)
        };
        let item = match item {
            Item::Impl(item) => item,
            other => return Err(wrong(other.span())),
        };
        match &item.trait_ {
            Some((None, path, _))
                if path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == implements) => {}
            Some((_, path, _)) => return Err(wrong(path.span())),
            None => return Err(wrong(item.self_ty.span())),
        }
        if !item.generics.params.is_empty() {
            let text = "a query has no types to fill in: the type can not be generic";
            return Err(Error::new(item.generics.span(), text));
        }
        Ok(item)
    }

    fn entry(&self, attribute: &Attribute, item: &ItemImpl) -> Result<TokenStream> {
        let sdk = quote!(::arrowbox_sdk::__private);
        let ty = &item.self_ty;
        let Some(ident) = last_name(ty) else {
            return Err(Error::new(ty.span(), "the type has no name"));
        };
        let name = match &attribute.name {
            Some(name) => name.value(),
            None => snake_case(&plain_name(ident)),
        };
        let volatility = match &attribute.volatility {
            Some(ident) if ident == "volatile" => quote!(Volatile),
            Some(_) => quote!(Stable),
            None => quote!(Immutable),
        };
        let grants = &attribute.grants;
        let documentation = documentation(&item.attrs);
        let signature = self.signature(attribute)?;
        let open = Ident::new(self.attribute, Span::call_site());
        Ok(quote_spanned! {Span::mixed_site()=>
            const _: () = {
                impl #sdk::Function for #ty {
                    const ENTRY: #sdk::Entry = #sdk::Entry {
                        name: #name,
                        volatility: #sdk::Volatility::#volatility,
                        strict: false,
                        grants: &[#(#grants),*],
                        documentation: #documentation,
                        signature: || #signature,
                        open: #sdk::open::#open::<#ty>(),
                    };
                }
            };
        })
    }

    fn signature(&self, attribute: &Attribute) -> Result<TokenStream> {
        let sdk = quote!(::arrowbox_sdk::__private);
        if let Some(returns) = &attribute.returns {
            let span = match returns {
                Returns::Type(text) => text.span(),
                Returns::Rule(path) => path.span(),
            };
            let text = "the function says what its columns are when it is opened";
            return Err(Error::new(span, text));
        }
        Ok(match &attribute.arguments {
            Some(types) if !self.has_arguments => {
                let span = types
                    .first()
                    .map_or_else(Span::call_site, |text| text.span());
                let text = format!("a {} has options and no arguments", self.attribute);
                return Err(Error::new(span, text));
            }
            Some(types) => quote! {
                #sdk::Signature::opened_with(&[#(#sdk::declared_argument(#types)),*])
            },
            None if self.has_arguments => quote!(#sdk::Signature::opened()),
            None => quote!(#sdk::Signature::opened_with(&[])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &Kind, attribute: TokenStream, item: TokenStream) -> String {
        let error = kind.expand(attribute, item).unwrap_err();
        error.to_string()
    }

    #[test]
    fn wrong_use_says_what_to_write() {
        let block = quote!(impl MapBatches for Scorer {});
        for (attribute, item, expected) in [
            (
                quote!(),
                quote!(impl Scorer {}),
                "`#[map_batches]` stands above `impl MapBatches for …`",
            ),
            (
                quote!(),
                quote!(
                    fn scorer() {}
                ),
                "`#[map_batches]` stands above `impl MapBatches for …`",
            ),
            (
                quote!(),
                quote!(impl Reader for Scorer {}),
                "`#[map_batches]` stands above `impl MapBatches for …`",
            ),
            (
                quote!(),
                quote!(
                    impl<T> MapBatches for Scorer<T> {}
                ),
                "a query has no types to fill in: the type can not be generic",
            ),
            (
                quote!(returns = "Int64"),
                block.clone(),
                "the function says what its columns are when it is opened",
            ),
        ] {
            assert_eq!(refused(&MAP_BATCHES, attribute, item), expected);
        }
        assert_eq!(
            refused(
                &READER,
                quote!(arguments("any")),
                quote!(impl Reader for A {})
            ),
            "a reader has options and no arguments"
        );
        let expanded = MAP_BATCHES.expand(quote!(name = "score"), block).unwrap();
        assert!(expanded.to_string().contains("\"score\""));
    }
}
