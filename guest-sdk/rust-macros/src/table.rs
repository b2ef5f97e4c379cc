use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Error, FnArg, Item, ItemFn, ItemImpl, Result, ReturnType, Signature, Type, TypeParamBound,
    parse_quote,
};

use crate::attribute::Attribute;
use crate::block::{Block, Opening, Receiver, documentation, require_receiver};
use crate::callable::{Callable, Parameter, plain_name};
use crate::entry::{Entry, refuse_declared_types};
use crate::expand::{Callee, called, open, rows, signature_of_rows};
use crate::types::{inner, is_named, without_lifetimes};

const CALL: &str = "a table function takes the values of one row of arguments and returns rows: `fn explode(text: &str) -> Vec<Part>`, `fn series(first: i64) -> impl Iterator<Item = i64>`";

/// What `#[table(attribute)]` above `item` becomes.
pub(crate) fn table(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attribute: Attribute = syn::parse2(attribute)?;
    refuse_declared_types(&attribute)?;
    match syn::parse2(item)? {
        Item::Fn(item) => function(&attribute, &item),
        Item::Impl(item) => implementation(&attribute, &item),
        other => {
            let text = "`#[table]` stands above a function that returns rows, or above an `impl` block with `call`";
            Err(Error::new(other.span(), text))
        }
    }
}

fn function(attribute: &Attribute, item: &ItemFn) -> Result<TokenStream> {
    if let Some(receiver) = item.sig.receiver() {
        let text = "a method is made known by `#[table]` above its whole `impl` block";
        return Err(Error::new(receiver.span(), text));
    }
    let (ident, vis) = (&item.sig.ident, &item.vis);
    let table = Table {
        ty: quote!(#ident),
        call: Call::new(&item.sig)?,
        callee: Callee::Function(ident.clone()),
        opening: Opening::Unit,
    };
    let expanded = table.expand(attribute, plain_name(ident), documentation(&item.attrs));
    Ok(quote! {
        #item

        #[doc(hidden)]
        #[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
        #vis struct #ident {}

        #expanded
    })
}

fn implementation(attribute: &Attribute, item: &ItemImpl) -> Result<TokenStream> {
    let block = Block::new("table", item)?;
    let Some(call) = block.method("call") else {
        let text = "the block has `fn call(&self, …) -> …`, which returns rows, and if there are options `fn new(options: &Options) -> Result<Self, Error>`";
        return Err(Error::new(item.self_ty.span(), text));
    };
    let why =
        "`call` takes `&self`: what it returns must not depend on what it was called with before";
    require_receiver(&call.sig, Receiver::Shared, why)?;
    let table = Table {
        ty: block.ty(),
        call: Call::new(&call.sig)?,
        callee: Callee::Method(call.sig.ident.clone()),
        opening: block.opening()?,
    };
    let expanded = table.expand(attribute, block.name(), block.documentation(call));
    Ok(quote! {
        #item
        #expanded
    })
}

/// The signature of the function.
struct Call {
    parameters: Vec<Parameter>,
    /// The types as they are written.
    types: Vec<Type>,
    /// How each argument becomes what the function takes.
    owned: Vec<Owned>,
    /// Whether there can be an error in place of all rows.
    fails: bool,
    /// Whether the rows do not borrow anything, and can be made when they are asked for.
    lazy: bool,
}

/// How an argument is passed.
#[derive(Clone, Copy, PartialEq)]
enum Owned {
    /// As it is.
    Value,
    /// As a copy of what was lent.
    Copy,
    /// As a copy of what was lent, where it is not null.
    OptionalCopy,
}

impl Call {
    fn new(signature: &Signature) -> Result<Self> {
        let returned = match &signature.output {
            ReturnType::Type(_, ty) => ty,
            ReturnType::Default => {
                return Err(Error::new(signature.paren_token.span.close(), CALL));
            }
        };
        let mut lent = signature.clone();
        let (mut types, mut owned) = (Vec::new(), Vec::new());
        for input in &mut lent.inputs {
            let FnArg::Typed(input) = input else { continue };
            types.push(without_lifetimes(&input.ty));
            let (ty, how) = lend(&input.ty);
            *input.ty = ty;
            owned.push(how);
        }
        let parameters = Callable::rows(&lent, CALL)?;
        let borrows = types.iter().any(has_reference)
            || signature.receiver().is_some() && may_borrow(returned);
        Ok(Self {
            parameters,
            types,
            owned,
            fails: is_named(returned, "Result"),
            lazy: !borrows,
        })
    }
}

/// What is read of a column for a parameter of this type, and how it becomes that.
fn lend(ty: &Type) -> (Type, Owned) {
    let lent = |ty: &Type| -> Option<Type> {
        match ty {
            Type::Path(_) if is_named(ty, "String") => Some(parse_quote!(&str)),
            Type::Path(_) if is_named(ty, "Vec") && is_named(inner(ty)?, "u8") => {
                Some(parse_quote!(&[u8]))
            }
            _ => None,
        }
    };
    if let Some(lent) = lent(ty) {
        return (lent, Owned::Copy);
    }
    if is_named(ty, "Option")
        && let Some(lent) = inner(ty).and_then(lent)
    {
        return (parse_quote!(Option<#lent>), Owned::OptionalCopy);
    }
    (ty.clone(), Owned::Value)
}

fn has_reference(ty: &Type) -> bool {
    matches!(ty, Type::Reference(_)) || inner(ty).is_some_and(has_reference)
}

/// Whether what a method returns can borrow from `self`: an `impl Iterator` does where it does not say
/// `+ use<>`.
fn may_borrow(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(opaque) => !opaque
            .bounds
            .iter()
            .any(|bound| matches!(bound, TypeParamBound::PreciseCapture(_))),
        Type::Reference(_) => true,
        _ if is_named(ty, "Result") => inner(ty).is_some_and(may_borrow),
        _ => false,
    }
}

struct Table {
    ty: TokenStream,
    call: Call,
    callee: Callee,
    opening: Opening,
}

impl Table {
    fn expand(&self, attribute: &Attribute, name: String, documentation: String) -> TokenStream {
        let sdk = quote!(::arrowbox_sdk::__private);
        let ty = &self.ty;
        let result = quote!(#sdk::ResultType::Columns(<#ty as #sdk::Table>::fields()));
        let entry = Entry {
            ty,
            name,
            documentation,
            strict: quote!(false),
            signature: signature_of_rows(&self.call.parameters, &result, &quote!(true)),
            open: quote!(#sdk::open::table::<#ty>()),
        };
        let entry = entry.expand(attribute);
        let open = open(&self.opening);
        let shape = self.shape();
        let start = match self.call.lazy {
            true => self.lazy(),
            false => self.eager(),
        };
        quote_spanned! {Span::mixed_site()=>
            const _: () = {
                impl #sdk::Table for #ty {
                    fn open(options: &#sdk::Options) -> #sdk::Result<Self, #sdk::Error> {
                        #open
                    }

                    fn fields() -> #sdk::Vec<#sdk::FieldRef> {
                        #shape.fields(<Self as #sdk::Function>::ENTRY.name)
                    }

                    fn start(self) -> #sdk::Box<dyn #sdk::TableFunction> {
                        let shape = #shape;
                        let fields = <Self as #sdk::Table>::fields();
                        #sdk::Box::new(#start)
                    }
                }

                #entry
            };
        }
    }

    /// The call on `table`.
    fn called(&self, arguments: &[TokenStream]) -> TokenStream {
        match &self.callee {
            Callee::Method(method) => {
                let table = Ident::new("table", Span::mixed_site());
                quote!(Self::#method(#table, #(#arguments),*))
            }
            callee => called(callee, arguments),
        }
    }

    /// The call, as a `Result` of the SDK.
    fn tried(&self, arguments: &[TokenStream]) -> TokenStream {
        let sdk = quote!(::arrowbox_sdk::__private);
        let call = self.called(arguments);
        match self.call.fails {
            true => quote!(#call.map_err(#sdk::Error::new)),
            false => quote!(#sdk::Result::<_, #sdk::Error>::Ok(#call)),
        }
    }

    /// An expression that says how rows are collected.
    fn shape(&self) -> TokenStream {
        let sdk = quote!(::arrowbox_sdk::__private);
        let arguments = self
            .call
            .types
            .iter()
            .map(|ty| quote!(#sdk::never::<#ty>()));
        let call = self.called(&arguments.collect::<Vec<_>>());
        let of = match self.call.fails {
            true => quote!(of_result),
            false => quote!(of),
        };
        let table = match self.callee {
            Callee::Method(_) => {
                Some(quote_spanned!(Span::mixed_site()=> let table = #sdk::never::<&Self>();))
            }
            Callee::Function(_) => None,
        };
        quote!(#sdk::Shape::#of(|| { #table #call }))
    }

    /// The arguments of a row as the function takes them.
    fn owned(&self, arguments: Vec<TokenStream>) -> Vec<TokenStream> {
        let own = |(argument, how): (TokenStream, &Owned)| match how {
            Owned::Value => argument,
            Owned::Copy => quote!(::std::borrow::ToOwned::to_owned(#argument)),
            Owned::OptionalCopy => quote!(#argument.map(::std::borrow::ToOwned::to_owned)),
        };
        arguments
            .into_iter()
            .zip(&self.call.owned)
            .map(own)
            .collect()
    }

    fn eager(&self) -> TokenStream {
        let span = Span::mixed_site();
        let sdk = quote!(::arrowbox_sdk::__private);
        let row = Ident::new("row", span);
        let prepare = quote_spanned!(span=> plan.begin_at(*next););
        let rows = rows(&self.call.parameters, &prepare, |arguments| {
            let call = self.tried(&self.owned(arguments));
            quote_spanned! {span=>
                output.fill(&plan, block, next, |#row| #call)?;
            }
        });
        quote_spanned! {span=>
            #sdk::Eager::new(self, fields, shape, |table, arguments, next, output| {
                let _ = table;
                #rows
                ::core::result::Result::Ok(())
            })
        }
    }

    fn lazy(&self) -> TokenStream {
        let span = Span::mixed_site();
        let sdk = quote!(::arrowbox_sdk::__private);
        let row = Ident::new("row", span);
        let names: Vec<_> = (0..self.call.parameters.len())
            .map(|i| format_ident!("argument{i}", span = span))
            .collect();
        let passed: Vec<_> = names.iter().map(|name| quote!(#name)).collect();
        let call = self.tried(&passed);
        let rows = rows(&self.call.parameters, &TokenStream::new(), |arguments| {
            let arguments = self.owned(arguments);
            quote_spanned! {span=>
                let start = block.start;
                plan.each(block, |#row| {
                    pending.push(((start + #row) as u32, (#(#arguments,)*)));
                    ::core::result::Result::Ok(())
                })?;
            }
        });
        quote_spanned! {span=>
            #sdk::Lazy::new(
                self,
                fields,
                shape,
                |arguments| {
                    let mut pending = #sdk::Vec::new();
                    #rows
                    ::core::result::Result::Ok(pending)
                },
                |table, (#(#names,)*)| {
                    let _ = table;
                    #call
                },
            )
        }
    }
}

#[cfg(test)]
mod tests;
