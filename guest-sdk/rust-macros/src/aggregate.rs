use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, ImplItemFn, Item, ItemImpl, Result, Type};

use crate::attribute::Attribute;
use crate::block::{Block, Receiver, require_receiver};
use crate::callable::{Callable, Parameter};
use crate::entry::{Entry, refuse_declared_types};
use crate::expand::{Filling, open, rows, signature_of_rows, type_of};
use crate::types::{is_named, last_name};

const UPDATE: &str = "`update` is `fn update(&mut self, …)` with the values of one row, as a `#[scalar]` function has them: it adds the row to the group";
const RETRACT: &str = "`retract` is `fn retract(&mut self, …)` with the parameters of `update`: it takes a row out of the group again";
const MERGE: &str =
    "`merge` is `fn merge(&mut self, other: Self)`: it adds the rows of another group to this one";
const EVALUATE: &str = "`evaluate` is `fn evaluate(&self) -> …`: it gives the value of the group";

/// What `#[aggregate(attribute)]` above `item` becomes.
pub(crate) fn aggregate(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attribute: Attribute = syn::parse2(attribute)?;
    refuse_declared_types(&attribute)?;
    match syn::parse2(item)? {
        Item::Impl(item) => implementation(&attribute, &item),
        other => {
            let text = "`#[aggregate]` stands above an `impl` block with `update`, `merge` and `evaluate`, of the state of one group";
            Err(Error::new(other.span(), text))
        }
    }
}

/// The methods of the block.
struct Methods {
    arguments: Vec<Parameter>,
    evaluate: Callable,
    retracts: bool,
}

fn implementation(attribute: &Attribute, item: &ItemImpl) -> Result<TokenStream> {
    let block = Block::new("aggregate", item)?;
    let (Some(update), Some(merge), Some(evaluate)) = (
        block.method("update"),
        block.method("merge"),
        block.method("evaluate"),
    ) else {
        let text = "the block has `fn update(&mut self, …)`, which adds a row, `fn merge(&mut self, other: Self)`, which adds the rows of another group, and `fn evaluate(&self) -> …`";
        return Err(Error::new(item.self_ty.span(), text));
    };
    require_receiver(&update.sig, Receiver::Mutable, UPDATE)?;
    refuse_other_than_self(&block, merge)?;
    require_receiver(&evaluate.sig, Receiver::Shared, EVALUATE)?;
    let retract = block.method("retract");
    if let Some(retract) = retract {
        refuse_other_parameters(retract, update)?;
    }
    let methods = Methods {
        arguments: Callable::rows(&update.sig, UPDATE)?,
        evaluate: Callable::new(&evaluate.sig)?,
        retracts: retract.is_some(),
    };
    if !methods.evaluate.parameters.is_empty() {
        return Err(Error::new(evaluate.sig.inputs.span(), EVALUATE));
    }
    let ty = block.ty();
    let expanded = expand(&ty, &methods, &open(&block.opening()?));
    let sdk = quote!(::arrowbox_sdk::__private);
    let (data_type, nullable) = type_of(&methods.evaluate.result);
    let result = quote!(#sdk::ResultType::Exactly(#data_type));
    let entry = Entry {
        ty: &ty,
        name: block.name(),
        documentation: block.documentation(evaluate),
        strict: quote!(false),
        signature: signature_of_rows(&methods.arguments, &result, &nullable),
        open: quote!(#sdk::open::aggregate::<#ty>()),
    };
    let entry = entry.expand(attribute);
    Ok(quote! {
        #item

        const _: () = {
            #expanded
            #entry
        };
    })
}

fn expand(ty: &TokenStream, methods: &Methods, open: &TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    let sdk = quote!(::arrowbox_sdk::__private);
    let retracts = methods.retracts;
    let update = fold(&methods.arguments, &Ident::new("update", span));
    let retract = match retracts {
        true => fold(&methods.arguments, &Ident::new("retract", span)),
        false => quote_spanned! {span=>
            let _ = (states, groups, arguments);
            ::core::result::Result::Ok(())
        },
    };
    let evaluate = evaluate(&methods.evaluate);
    quote_spanned! {span=>
        impl #sdk::Aggregate for #ty {
            const RETRACTABLE: bool = #retracts;

            fn open(options: &#sdk::Options) -> #sdk::Result<Self, #sdk::Error> {
                #open
            }

            fn update_rows(
                states: &mut [Self],
                groups: &#sdk::GroupColumn<'_>,
                arguments: &#sdk::Arguments,
            ) -> #sdk::Result<(), #sdk::Error> {
                #update
            }

            fn retract_rows(
                states: &mut [Self],
                groups: &#sdk::GroupColumn<'_>,
                arguments: &#sdk::Arguments,
            ) -> #sdk::Result<(), #sdk::Error> {
                #retract
            }

            #[inline]
            fn merge_state(&mut self, other: Self) -> #sdk::Result<(), #sdk::Error> {
                #sdk::Outcome::outcome(Self::merge(self, other))
            }

            fn evaluate_states(
                states: &[Self],
                hint: &#sdk::Hint,
            ) -> #sdk::Result<#sdk::ArrayData, #sdk::Error> {
                #evaluate
            }
        }
    }
}

/// The loop that calls a method of the state of its group for each row.
fn fold(parameters: &[Parameter], method: &Ident) -> TokenStream {
    let span = Span::mixed_site();
    let row = Ident::new("row", span);
    let rows = rows(parameters, &TokenStream::new(), |arguments| {
        quote_spanned! {span=>
            groups.each(states, &plan, block, |state: &mut Self, #row: usize| {
                Self::#method(state, #(#arguments),*)
            })?;
        }
    });
    quote_spanned! {span=>
        #rows
        ::core::result::Result::Ok(())
    }
}

/// The loop that calls `evaluate` for each state.
fn evaluate(callable: &Callable) -> TokenStream {
    let span = Span::mixed_site();
    let sdk = quote!(::arrowbox_sdk::__private);
    let filling = Filling {
        result: &callable.result,
        call: &|arguments| quote_spanned!(span=> Self::evaluate(&states[row], #(#arguments),*)),
    };
    let (begin, run, finish) = (filling.begin(), filling.run(Vec::new()), filling.finish());
    quote_spanned! {span=>
        let plan = #sdk::Plan::of(states.len());
        #begin
        let block = 0..states.len();
        #run
        #finish
    }
}

/// `merge` takes the block's own type by value.
fn refuse_other_than_self(block: &Block<'_>, merge: &ImplItemFn) -> Result<()> {
    require_receiver(&merge.sig, Receiver::Mutable, MERGE)?;
    let is_self =
        |ty: &Type| is_named(ty, "Self") || last_name(ty).is_some_and(|name| name == block.ident());
    match merge.sig.inputs.get(1) {
        Some(FnArg::Typed(other)) if is_self(&other.ty) && merge.sig.inputs.len() == 2 => Ok(()),
        _ => Err(Error::new(merge.sig.inputs.span(), MERGE)),
    }
}

fn refuse_other_parameters(retract: &ImplItemFn, update: &ImplItemFn) -> Result<()> {
    require_receiver(&retract.sig, Receiver::Mutable, RETRACT)?;
    let types = |method: &ImplItemFn| -> Vec<String> {
        let types = method.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(input) => Some(input.ty.to_token_stream().to_string()),
            FnArg::Receiver(_) => None,
        });
        types.collect()
    };
    match types(retract) == types(update) {
        true => Ok(()),
        false => Err(Error::new(retract.sig.inputs.span(), RETRACT)),
    }
}

#[cfg(test)]
mod tests;
