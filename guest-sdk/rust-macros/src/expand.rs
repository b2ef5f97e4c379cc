use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, Result};

use crate::attribute::{Attribute, Returns};
use crate::block::Opening;
use crate::callable::{Callable, Kind, Outcome, Parameter};
use crate::entry::{Entry, refuse_declared_types};

/// Everything about a scalar function that its implementation is written from.
pub(crate) struct Scalar {
    /// What `Scalar` is implemented for.
    pub(crate) ty: TokenStream,
    pub(crate) name: String,
    pub(crate) documentation: String,
    pub(crate) callable: Callable,
    pub(crate) callee: Callee,
    pub(crate) opening: Opening,
}

/// What is called with the arguments.
pub(crate) enum Callee {
    Function(Ident),
    /// This method of the type.
    Method(Ident),
}

/// The implementation of `arrowbox_sdk::Scalar`.
pub(crate) fn expand(scalar: &Scalar, attribute: &Attribute, span: Span) -> Result<TokenStream> {
    let sdk = quote!(::arrowbox_sdk::__private);
    let vectorised = scalar.callable.is_vectorised();
    let (signature, strict, call) = if vectorised {
        let signature = vectorised_signature(&scalar.callable, attribute, span)?;
        (
            signature,
            quote!(false),
            vectorised_call(&scalar.callable, &scalar.callee),
        )
    } else {
        refuse_declared_types(attribute)?;
        (
            row_signature(&scalar.callable),
            strict(&scalar.callable),
            row_call(scalar),
        )
    };
    let ty = &scalar.ty;
    let open = open(&scalar.opening);
    let entry = Entry {
        ty,
        name: scalar.name.clone(),
        documentation: scalar.documentation.clone(),
        strict,
        signature,
        open: quote!(#sdk::open::scalar::<#ty>()),
    };
    let entry = entry.expand(attribute);
    Ok(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            impl #sdk::Scalar for #ty {
                fn open(options: &#sdk::Options) -> #sdk::Result<Self, #sdk::Error> {
                    #open
                }

                fn call(
                    &self,
                    arguments: &#sdk::Arguments,
                    hint: &#sdk::Hint,
                ) -> #sdk::Result<#sdk::ArrayData, #sdk::Error> {
                    #call
                }
            }

            #entry
        };
    })
}

/// The body of `open`, which has `options`.
pub(crate) fn open(opening: &Opening) -> TokenStream {
    let span = Span::mixed_site();
    let none = quote_spanned!(span=> options.only(&[])?;);
    match opening {
        Opening::Unit => quote_spanned!(span=> #none ::core::result::Result::Ok(Self {})),
        Opening::Default => quote_spanned! {span=>
            #none
            ::core::result::Result::Ok(<Self as ::core::default::Default>::default())
        },
        Opening::New {
            takes_options,
            fails,
        } => {
            let (check, argument) = match takes_options {
                true => (None, Some(quote_spanned!(span=> options))),
                false => (Some(none), None),
            };
            let new = quote_spanned!(span=> Self::new(#argument));
            match fails {
                true => quote_spanned! {span=>
                    #check
                    #new.map_err(::arrowbox_sdk::__private::Error::new)
                },
                false => quote_spanned!(span=> #check ::core::result::Result::Ok(#new)),
            }
        }
    }
}

/// The expression of a call with these arguments.
pub(crate) fn called(callee: &Callee, arguments: &[TokenStream]) -> TokenStream {
    match callee {
        Callee::Function(ident) => quote!(#ident(#(#arguments),*)),
        Callee::Method(method) => {
            let this = Ident::new("self", Span::mixed_site());
            quote!(Self::#method(#this, #(#arguments),*))
        }
    }
}

/// The trait, or the type, through which a row parameter is read.
fn reading(kind: &Kind) -> TokenStream {
    let sdk = quote!(::arrowbox_sdk::__private);
    match kind {
        Kind::Row(ty) => quote!(<#ty as #sdk::Argument<'_>>),
        Kind::Rows(ty) => quote!(#sdk::Variadic::<'_, #ty>),
        Kind::Column(ty) => quote!(<#ty as #sdk::ArrayArgument>),
        Kind::Columns => quote!(#sdk::ArrayRef),
    }
}

/// Whether a null argument always makes a null result.
fn strict(callable: &Callable) -> TokenStream {
    let readings = callable.parameters.iter().map(|p| reading(&p.kind));
    quote!(true #(&& !#readings::NULLABLE)*)
}

/// The signature of a function of rows that gives a value for each.
pub(crate) fn row_signature(callable: &Callable) -> TokenStream {
    let sdk = quote!(::arrowbox_sdk::__private);
    let readings = callable.parameters.iter().map(|p| reading(&p.kind));
    let (data_type, nullable) = type_of(&callable.result);
    let nullable = quote!(#nullable #(|| !#readings::NULLABLE)*);
    let result = quote!(#sdk::ResultType::Exactly(#data_type));
    signature_of_rows(&callable.parameters, &result, &nullable)
}

/// Expressions for the type of a result and whether it can be null.
pub(crate) fn type_of(outcome: &Outcome) -> (TokenStream, TokenStream) {
    let sdk = quote!(::arrowbox_sdk::__private);
    match outcome {
        Outcome::Returned(ty) => (
            quote!(<#ty as #sdk::Return>::data_type()),
            quote!(<#ty as #sdk::Return>::NULLABLE),
        ),
        Outcome::Written(writer, ty) => (
            quote!(<#writer as #sdk::Write>::DATA_TYPE),
            quote!(<#ty as #sdk::Written>::NULLABLE),
        ),
    }
}

/// The signature of what takes rows of such arguments.
pub(crate) fn signature_of_rows(
    parameters: &[Parameter],
    result: &TokenStream,
    nullable: &TokenStream,
) -> TokenStream {
    let span = Span::mixed_site();
    let sdk = quote!(::arrowbox_sdk::__private);
    let names = parameters.iter().map(|p| &p.name);
    let readings: Vec<_> = parameters.iter().map(|p| reading(&p.kind)).collect();
    let variadic = is_variadic(parameters);
    quote_spanned! {span=>
        #sdk::Signature {
            arguments: #sdk::Vec::from([#((#names, #readings::argument_type())),*]),
            variadic: #variadic,
            result: #result,
            nullable: #nullable,
        }
    }
}

fn is_variadic(parameters: &[Parameter]) -> bool {
    let last = parameters.last();
    last.is_some_and(|last| matches!(last.kind, Kind::Rows(_) | Kind::Columns))
}

fn row_call(scalar: &Scalar) -> TokenStream {
    let call = |arguments: &[TokenStream]| called(&scalar.callee, arguments);
    column_of_rows(&scalar.callable, &call)
}

/// The loop that calls a function for rows of `arguments`, and a column of what it returns or writes. `call`
/// is the call with such arguments.
pub(crate) fn column_of_rows(
    callable: &Callable,
    call: &dyn Fn(&[TokenStream]) -> TokenStream,
) -> TokenStream {
    let filling = Filling {
        result: &callable.result,
        call,
    };
    let (begin, finish) = (filling.begin(), filling.finish());
    let rows = rows(&callable.parameters, &begin, |arguments| {
        filling.run(arguments)
    });
    quote! {
        #rows
        #finish
    }
}

/// How a column is filled with what a function returns or writes for the rows of a `plan`.
pub(crate) struct Filling<'a> {
    pub(crate) result: &'a Outcome,
    /// The call, with these arguments, for the row `row` of a block.
    pub(crate) call: &'a dyn Fn(&[TokenStream]) -> TokenStream,
}

impl Filling<'_> {
    /// Before the first block.
    pub(crate) fn begin(&self) -> TokenStream {
        let span = Span::mixed_site();
        match self.result {
            Outcome::Returned(ty) => quote_spanned!(span=> let mut sink = plan.sink::<#ty>(hint);),
            Outcome::Written(writer, _) => {
                quote_spanned!(span=> let mut sink = plan.sheet::<#writer>(hint);)
            }
        }
    }

    /// For `block`.
    pub(crate) fn run(&self, mut arguments: Vec<TokenStream>) -> TokenStream {
        let span = Span::mixed_site();
        let (row, out) = (Ident::new("row", span), Ident::new("out", span));
        match self.result {
            Outcome::Returned(ty) => {
                let call = (self.call)(&arguments);
                quote_spanned!(span=> plan.run::<#ty>(&mut sink, block, |#row| #call)?;)
            }
            Outcome::Written(writer, ty) => {
                arguments.push(quote!(#out));
                let call = (self.call)(&arguments);
                quote_spanned! {span=>
                    plan.write::<#writer, #ty>(&mut sink, block, |#row, #out| #call)?;
                }
            }
        }
    }

    /// Behind the last block: the column.
    pub(crate) fn finish(&self) -> TokenStream {
        let span = Span::mixed_site();
        match self.result {
            Outcome::Returned(ty) => quote_spanned! {span=>
                ::core::result::Result::Ok(plan.finish::<#ty>(sink, hint))
            },
            Outcome::Written(writer, ty) => quote_spanned! {span=>
                ::core::result::Result::Ok(plan.finish_sheet::<#writer, #ty>(sink, hint))
            },
        }
    }
}

/// A loop over the blocks of `arguments`. `run` is given the arguments of a row of a block and writes what is
/// done for the block, with `plan` and `block`; `prepare` stands before the loop.
pub(crate) fn rows(
    parameters: &[Parameter],
    prepare: &TokenStream,
    run: impl FnOnce(Vec<TokenStream>) -> TokenStream,
) -> TokenStream {
    let span = Span::mixed_site();
    let sdk = quote!(::arrowbox_sdk::__private);
    let readings: Vec<_> = parameters.iter().map(|p| reading(&p.kind)).collect();
    let columns: Vec<_> = parameters.iter().enumerate().map(column).collect();
    let readers: Vec<_> = (0..parameters.len())
        .map(|i| format_ident!("reader{i}", span = span))
        .collect();
    let blocks: Vec<_> = (0..parameters.len())
        .map(|i| format_ident!("block{i}", span = span))
        .collect();
    let row = Ident::new("row", span);
    let arguments = blocks
        .iter()
        .map(|block| quote!(#sdk::Block::at(&#block, #row)));
    let run = run(arguments.collect());
    quote_spanned! {span=>
        let columns = arguments.columns();
        let mut plan = #sdk::Plan::new(arguments);
        #(plan.leave_out(#readings::nulls(#columns));)*
        #(let mut #readers = #readings::reader(#columns, plan.block())?;)*
        #prepare
        for block in plan.blocks() {
            #(let #blocks = #readings::block(&mut #readers, block.clone());)*
            #run
        }
    }
}

/// The column of a parameter, or those from there on.
fn column((index, parameter): (usize, &Parameter)) -> TokenStream {
    let columns = Ident::new("columns", Span::mixed_site());
    match parameter.kind {
        Kind::Row(_) | Kind::Column(_) => quote!(&#columns[#index]),
        Kind::Rows(_) | Kind::Columns => quote!(&#columns[#index..]),
    }
}

/// The signature of a function of arrays.
pub(crate) fn vectorised_signature(
    callable: &Callable,
    attribute: &Attribute,
    span: Span,
) -> Result<TokenStream> {
    let sdk = quote!(::arrowbox_sdk::__private);
    let names = callable.parameters.iter().map(|p| &p.name);
    let types: Vec<_> = match &attribute.arguments {
        Some(texts) if texts.len() != callable.parameters.len() => {
            let text = format!(
                "`arguments` declares {} types for {} parameters",
                texts.len(),
                callable.parameters.len()
            );
            return Err(Error::new(span, text));
        }
        Some(texts) => texts
            .iter()
            .map(|text| quote!(#sdk::declared_argument(#text)))
            .collect(),
        None => callable
            .parameters
            .iter()
            .map(|parameter| match &parameter.kind {
                Kind::Column(ty) => quote!(#sdk::argument_of::<#ty>()),
                _ => quote!(#sdk::ArgumentType::Any),
            })
            .collect(),
    };
    let Outcome::Returned(returned) = &callable.result else {
        return Err(Error::new(span, "a vectorised function returns an array"));
    };
    let result = match &attribute.returns {
        Some(Returns::Type(text)) => quote!(#sdk::declared_result(#text)),
        Some(Returns::Rule(path)) => quote!(#sdk::ResultType::Of(#path)),
        None => quote!(#sdk::ResultType::Exactly(<#returned as #sdk::OneType>::data_type())),
    };
    let variadic = is_variadic(&callable.parameters);
    Ok(quote! {
        #sdk::Signature {
            arguments: #sdk::Vec::from([#((#names, #types)),*]),
            variadic: #variadic,
            result: #result,
            nullable: true,
        }
    })
}

/// One call of a function of arrays with `arguments`.
pub(crate) fn vectorised_call(callable: &Callable, callee: &Callee) -> TokenStream {
    let span = Span::mixed_site();
    let sdk = quote!(::arrowbox_sdk::__private);
    let parameters = &callable.parameters;
    let kept: Vec<_> = (0..parameters.len())
        .map(|i| format_ident!("kept{i}", span = span))
        .collect();
    let keep = parameters.iter().enumerate().map(|(index, parameter)| {
        let column = column((index, parameter));
        match &parameter.kind {
            Kind::Columns => quote!(#sdk::rest(#column)),
            kind => {
                let reading = reading(kind);
                quote!(#reading::keep(#column)?)
            }
        }
    });
    let arguments: Vec<_> = parameters
        .iter()
        .zip(&kept)
        .map(|(parameter, kept)| match &parameter.kind {
            Kind::Columns => quote!(&#kept),
            kind => {
                let reading = reading(kind);
                quote!(#reading::pass(&#kept))
            }
        })
        .collect();
    let call = called(callee, &arguments);
    quote_spanned! {span=>
        let _ = hint;
        let columns = arguments.columns();
        #(let #kept = #keep;)*
        #sdk::ArrayReturn::into_data(#call)
    }
}
