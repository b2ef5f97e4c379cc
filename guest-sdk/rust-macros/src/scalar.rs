use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Error, Item, ItemFn, ItemImpl, Result};

use crate::attribute::Attribute;
use crate::block::{Block, Opening, Receiver, documentation, require_receiver};
use crate::callable::{Callable, plain_name};
use crate::expand::{Callee, Scalar, expand};

/// What `#[scalar(attribute)]` above `item` becomes.
pub(crate) fn scalar(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attribute: Attribute = syn::parse2(attribute)?;
    match syn::parse2(item)? {
        Item::Fn(item) => function(&attribute, &item),
        Item::Impl(item) => implementation(&attribute, &item),
        other => {
            let text = "`#[scalar]` stands above a function, or above an `impl` block with `new` and `call`";
            Err(Error::new(other.span(), text))
        }
    }
}

fn function(attribute: &Attribute, item: &ItemFn) -> Result<TokenStream> {
    if let Some(receiver) = item.sig.receiver() {
        let text = "a method is made known by `#[scalar]` above its whole `impl` block";
        return Err(Error::new(receiver.span(), text));
    }
    let (ident, vis) = (&item.sig.ident, &item.vis);
    let scalar = Scalar {
        ty: quote!(#ident),
        name: plain_name(ident),
        documentation: documentation(&item.attrs),
        callable: Callable::new(&item.sig)?,
        callee: Callee::Function(ident.clone()),
        opening: Opening::Unit,
    };
    let implementation = expand(&scalar, attribute, item.sig.ident.span())?;
    Ok(quote! {
        #item

        #[doc(hidden)]
        #[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
        #vis struct #ident {}

        #implementation
    })
}

fn implementation(attribute: &Attribute, item: &ItemImpl) -> Result<TokenStream> {
    let block = Block::new("scalar", item)?;
    let (Some(_), Some(call)) = (block.method("new"), block.method("call")) else {
        let text = "the block has `fn new(options: &Options) -> Result<Self, Error>`, which runs once, and `fn call(&self, …)`, which runs for the rows";
        return Err(Error::new(item.self_ty.span(), text));
    };
    let why =
        "`call` takes `&self`: what it returns must not depend on what it was called with before";
    require_receiver(&call.sig, Receiver::Shared, why)?;
    let scalar = Scalar {
        ty: block.ty(),
        name: block.name(),
        documentation: block.documentation(call),
        callable: Callable::new(&call.sig)?,
        callee: Callee::Method(call.sig.ident.clone()),
        opening: block.opening()?,
    };
    let implementation = expand(&scalar, attribute, block.ident().span())?;
    Ok(quote! {
        #item
        #implementation
    })
}

#[cfg(test)]
mod tests;
