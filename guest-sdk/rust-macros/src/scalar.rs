use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{
    Attribute as RustAttribute, Error, Expr, ExprLit, FnArg, ImplItem, ImplItemFn, Item, ItemFn,
    ItemImpl, Lit, Meta, Result, ReturnType, Signature, Type,
};

use crate::attribute::Attribute;
use crate::callable::{Callable, plain_name};
use crate::expand::{Callee, Opening, Scalar, expand};
use crate::types::{is_named, last_name};

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
    if let Some((_, path, _)) = &item.trait_ {
        let text = "`#[scalar]` stands above an `impl` block of the type itself";
        return Err(Error::new(path.span(), text));
    }
    if !item.generics.params.is_empty() {
        let text = "a query has no types to fill in: the type can not be generic";
        return Err(Error::new(item.generics.span(), text));
    }
    let ty = &item.self_ty;
    let Some(ident) = last_name(ty) else {
        return Err(Error::new(ty.span(), "the type has no name"));
    };
    let (Some(new), Some(call)) = (method(item, "new"), method(item, "call")) else {
        let text = "the block has `fn new(options: &Options) -> Result<Self, Error>`, which runs once, and `fn call(&self, …)`, which runs for the rows";
        return Err(Error::new(ty.span(), text));
    };
    refuse_receiver(&call.sig)?;
    let docs = match documentation(&item.attrs) {
        docs if docs.is_empty() => documentation(&call.attrs),
        docs => docs,
    };
    let scalar = Scalar {
        ty: quote!(#ty),
        name: snake_case(&plain_name(ident)),
        documentation: docs,
        callable: Callable::new(&call.sig)?,
        callee: Callee::Method,
        opening: opening(&new.sig)?,
    };
    let implementation = expand(&scalar, attribute, ident.span())?;
    Ok(quote! {
        #item
        #implementation
    })
}

fn method<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a ImplItemFn> {
    item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    })
}

fn refuse_receiver(call: &Signature) -> Result<()> {
    match call.inputs.first() {
        Some(FnArg::Receiver(receiver))
            if receiver.mutability.is_none() && receiver.reference.is_some() =>
        {
            Ok(())
        }
        _ => {
            let text = "`call` takes `&self`: what it returns must not depend on what it was called with before";
            Err(Error::new(call.paren_token.span.open(), text))
        }
    }
}

fn opening(new: &Signature) -> Result<Opening> {
    let takes_options = match new.inputs.len() {
        0 => false,
        1 if matches!(new.inputs.first(), Some(FnArg::Typed(input)) if is_options(&input.ty)) => {
            true
        }
        _ => {
            let text = "`new` takes `options: &Options` or nothing";
            return Err(Error::new(new.inputs.span(), text));
        }
    };
    let fails = match &new.output {
        ReturnType::Type(_, ty) if is_named(ty, "Self") => false,
        ReturnType::Type(_, ty) if is_named(ty, "Result") => true,
        _ => {
            let text = "`new` returns `Self`, or a `Result` of it";
            return Err(Error::new(new.span(), text));
        }
    };
    Ok(Opening::New {
        takes_options,
        fails,
    })
}

fn is_options(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference) if reference.mutability.is_none() && is_named(&reference.elem, "Options"))
}

/// The lines of the documentation comment.
fn documentation(attributes: &[RustAttribute]) -> String {
    let line = |attribute: &RustAttribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    };
    let lines: Vec<_> = attributes
        .iter()
        .filter_map(line)
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

/// `JsonPath` is `json_path`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut previous_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && previous_lower {
            snake.push('_');
        }
        previous_lower = !character.is_uppercase() && character != '_';
        snake.extend(character.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests;
