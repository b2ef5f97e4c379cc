//! Questions about types as they are written.

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, parse_quote};

/// `ty` with `'_` in place of every named lifetime but `'static`, so that it can be written inside of a
/// function that does not declare them.
pub(crate) fn without_lifetimes(ty: &Type) -> Type {
    let tokens = anonymous(ty.to_token_stream());
    parse_quote!(#tokens)
}

fn anonymous(tokens: TokenStream) -> TokenStream {
    let mut after_tick = false;
    let replace = |token: TokenTree| {
        let is_name = std::mem::take(&mut after_tick);
        match token {
            TokenTree::Punct(punct) => {
                after_tick = punct.as_char() == '\'' && punct.spacing() == Spacing::Joint;
                TokenTree::Punct(punct)
            }
            TokenTree::Ident(name) if is_name && name != "static" => {
                TokenTree::Ident(Ident::new("_", name.span()))
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), anonymous(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        }
    };
    tokens.into_iter().map(replace).collect()
}

/// The name at the end of a path: `Int64Array` of `array::Int64Array`.
pub(crate) fn last_name(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Group(group) => last_name(&group.elem),
        Type::Paren(paren) => last_name(&paren.elem),
        _ => None,
    }
}

pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    last_name(ty).is_some_and(|last| last == name)
}

/// The first type between the angle brackets behind the last name.
pub(crate) fn inner(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `Option<Option<…>>`, wherever in `ty` it is.
pub(crate) fn has_nested_option(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => has_nested_option(&reference.elem),
        Type::Slice(slice) => has_nested_option(&slice.elem),
        _ => inner(ty).is_some_and(|inner| {
            is_named(ty, "Option") && is_named(inner, "Option") || has_nested_option(inner)
        }),
    }
}
