use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Item, ItemFn, ItemImpl, Result};

use crate::attribute::Attribute;
use crate::block::{Block, Opening, Receiver, documentation, require_receiver};
use crate::callable::{Callable, plain_name};
use crate::entry::{Entry, refuse_declared_types};
use crate::expand::{
    Callee, column_of_rows, open, row_signature, vectorised_call, vectorised_signature,
};

const NEXT: &str = "`next` is `fn next(&mut self, …) -> …` with the values of one row: it is called row by row, and what it returns depends on no later row";
const EVALUATE: &str = "`evaluate` is `fn evaluate(&self, …) -> …` with the columns of a whole partition: write `&Float64Array`, `&ArrayRef` and so on";

/// What `#[window(attribute)]` above `item` becomes.
pub(crate) fn window(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attribute: Attribute = syn::parse2(attribute)?;
    match syn::parse2(item)? {
        Item::Fn(item) => function(&attribute, &item),
        Item::Impl(item) => implementation(&attribute, &item),
        other => {
            let text = "`#[window]` stands above a function of arrays, or above an `impl` block with `next` or `evaluate`";
            Err(Error::new(other.span(), text))
        }
    }
}

fn function(attribute: &Attribute, item: &ItemFn) -> Result<TokenStream> {
    if let Some(receiver) = item.sig.receiver() {
        let text = "a method is made known by `#[window]` above its whole `impl` block";
        return Err(Error::new(receiver.span(), text));
    }
    let (ident, vis) = (&item.sig.ident, &item.vis);
    let callable = Callable::new(&item.sig)?;
    if !callable.is_vectorised() {
        let text = "a window function sees the columns of a whole partition: write `&Float64Array`, `&ArrayRef` and so on; or put `#[window]` above an `impl` block with `fn next(&mut self, …)`, which is called row by row";
        return Err(Error::new(item.sig.inputs.span(), text));
    }
    let window = Window {
        ty: quote!(#ident),
        callable,
        opening: Opening::Unit,
        shape: Shape::Partition(Callee::Function(ident.clone())),
    };
    let name = plain_name(ident);
    let docs = documentation(&item.attrs);
    let expanded = window.expand(attribute, name, docs, ident.span())?;
    Ok(quote! {
        #item

        #[doc(hidden)]
        #[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
        #vis struct #ident {}

        #expanded
    })
}

fn implementation(attribute: &Attribute, item: &ItemImpl) -> Result<TokenStream> {
    let block = Block::new("window", item)?;
    let (method, shape) = match (block.method("next"), block.method("evaluate")) {
        (Some(next), None) => {
            require_receiver(&next.sig, Receiver::Mutable, NEXT)?;
            (next, Shape::Rows)
        }
        (None, Some(evaluate)) => {
            require_receiver(&evaluate.sig, Receiver::Shared, EVALUATE)?;
            let callee = Callee::Method(evaluate.sig.ident.clone());
            (evaluate, Shape::Partition(callee))
        }
        (both, _) => {
            let text = match both {
                Some(_) => {
                    "the block has either `next` or `evaluate`: what a whole partition gives is what `next` gives row by row"
                }
                None => {
                    "the block has `fn next(&mut self, …) -> …`, which is called row by row, or `fn evaluate(&self, …) -> …`, which is called with the columns of a whole partition"
                }
            };
            return Err(Error::new(item.self_ty.span(), text));
        }
    };
    let callable = Callable::new(&method.sig)?;
    match shape {
        Shape::Rows if callable.is_vectorised() => {
            return Err(Error::new(method.sig.inputs.span(), NEXT));
        }
        Shape::Partition(_) if !callable.is_vectorised() => {
            return Err(Error::new(method.sig.inputs.span(), EVALUATE));
        }
        _ => {}
    }
    let window = Window {
        ty: block.ty(),
        callable,
        opening: block.opening()?,
        shape,
    };
    let docs = block.documentation(method);
    let expanded = window.expand(attribute, block.name(), docs, block.ident().span())?;
    Ok(quote! {
        #item
        #expanded
    })
}

/// What a window function looks at.
enum Shape {
    /// All rows of a partition at once.
    Partition(Callee),
    /// One row after the other.
    Rows,
}

struct Window {
    ty: TokenStream,
    callable: Callable,
    opening: Opening,
    shape: Shape,
}

impl Window {
    fn expand(
        &self,
        attribute: &Attribute,
        name: String,
        documentation: String,
        span: Span,
    ) -> Result<TokenStream> {
        let sdk = quote!(::arrowbox_sdk::__private);
        let hygienic = Span::mixed_site();
        let ty = &self.ty;
        let open = open(&self.opening);
        let (signature, state, begin, run) = match &self.shape {
            Shape::Partition(callee) => (
                vectorised_signature(&self.callable, attribute, span)?,
                quote!(()),
                quote!(),
                vectorised_call(&self.callable, callee),
            ),
            Shape::Rows => {
                refuse_declared_types(attribute)?;
                let call = |arguments: &[TokenStream]| quote_spanned!(hygienic=> Self::next(&mut *state, #(#arguments),*));
                (
                    row_signature(&self.callable),
                    quote!(Self),
                    match self.opening {
                        Opening::New { .. } => {
                            quote_spanned!(hygienic=> ::core::clone::Clone::clone(self))
                        }
                        _ => quote!(<Self as ::core::default::Default>::default()),
                    },
                    column_of_rows(&self.callable, &call),
                )
            }
        };
        let incremental = matches!(self.shape, Shape::Rows);
        let entry = Entry {
            ty,
            name,
            documentation,
            strict: quote!(false),
            signature,
            open: quote!(#sdk::open::window::<#ty>()),
        };
        let entry = entry.expand(attribute);
        Ok(quote_spanned! {hygienic=>
            const _: () = {
                impl #sdk::Window for #ty {
                    const INCREMENTAL: bool = #incremental;
                    type State = #state;

                    fn open(options: &#sdk::Options) -> #sdk::Result<Self, #sdk::Error> {
                        #open
                    }

                    fn begin(&self) -> Self::State {
                        #begin
                    }

                    fn run(
                        &self,
                        state: &mut Self::State,
                        arguments: &#sdk::Arguments,
                        hint: &#sdk::Hint,
                    ) -> #sdk::Result<#sdk::ArrayData, #sdk::Error> {
                        let _ = &state;
                        #run
                    }
                }

                #entry
            };
        })
    }
}

#[cfg(test)]
mod tests;
