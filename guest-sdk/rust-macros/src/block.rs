use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{
    Attribute as RustAttribute, Error, Expr, ExprLit, FnArg, ImplItem, ImplItemFn, ItemImpl, Lit,
    Meta, Result, ReturnType, Signature, Type,
};

use crate::callable::plain_name;
use crate::types::{is_named, last_name};

/// An `impl` block of a type itself that an attribute stands above.
pub(crate) struct Block<'a> {
    item: &'a ItemImpl,
    ident: &'a Ident,
}

impl<'a> Block<'a> {
    /// # Errors
    ///
    /// It is of a trait, or generic.
    pub(crate) fn new(attribute: &str, item: &'a ItemImpl) -> Result<Self> {
        if let Some((_, path, _)) = &item.trait_ {
            let text = format!("`#[{attribute}]` stands above an `impl` block of the type itself");
            return Err(Error::new(path.span(), text));
        }
        if !item.generics.params.is_empty() {
            let text = "a query has no types to fill in: the type can not be generic";
            return Err(Error::new(item.generics.span(), text));
        }
        let Some(ident) = last_name(&item.self_ty) else {
            return Err(Error::new(item.self_ty.span(), "the type has no name"));
        };
        Ok(Self { item, ident })
    }

    /// What the block is of.
    pub(crate) fn ty(&self) -> TokenStream {
        let ty = &self.item.self_ty;
        quote!(#ty)
    }

    pub(crate) fn ident(&self) -> &'a Ident {
        self.ident
    }

    /// In SQL, if nothing else is said.
    pub(crate) fn name(&self) -> String {
        snake_case(&plain_name(self.ident))
    }

    /// The method of a name, if there is one.
    pub(crate) fn method(&self, name: &str) -> Option<&'a ImplItemFn> {
        self.item.items.iter().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == name => Some(function),
            _ => None,
        })
    }

    /// The lines of the documentation of the block, or those of `method` where it has none.
    pub(crate) fn documentation(&self, method: &ImplItemFn) -> String {
        match documentation(&self.item.attrs) {
            docs if docs.is_empty() => documentation(&method.attrs),
            docs => docs,
        }
    }

    /// How a value of the type comes about: by `new`, or by `Default` where there is none.
    pub(crate) fn opening(&self) -> Result<Opening> {
        match self.method("new") {
            Some(new) => opening(&new.sig),
            None => Ok(Opening::Default),
        }
    }
}

/// How a value of the type comes about.
pub(crate) enum Opening {
    /// There is nothing in it.
    Unit,
    /// By its `Default`.
    Default,
    /// By its `new`.
    New { takes_options: bool, fails: bool },
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

/// How a method takes what it is called on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Receiver {
    Shared,
    Mutable,
}

/// # Errors
///
/// The first parameter is not this receiver: `why` then.
pub(crate) fn require_receiver(method: &Signature, wanted: Receiver, why: &str) -> Result<()> {
    match method.inputs.first() {
        Some(FnArg::Receiver(receiver))
            if receiver.reference.is_some()
                && receiver.mutability.is_some() == (wanted == Receiver::Mutable) =>
        {
            Ok(())
        }
        _ => Err(Error::new(method.paren_token.span.open(), why)),
    }
}

/// The lines of the documentation comment.
pub(crate) fn documentation(attributes: &[RustAttribute]) -> String {
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
pub(crate) fn snake_case(name: &str) -> String {
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
