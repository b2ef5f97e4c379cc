//! The attribute macros of `arrowbox-sdk`, which documents and re-exports them.

mod aggregate;
mod attribute;
mod block;
mod callable;
mod entry;
mod expand;
mod implementation;
mod row;
mod scalar;
mod table;
mod types;
mod window;

use proc_macro::TokenStream;

/// Makes a function known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn scalar(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| scalar::scalar(attribute.into(), item))
}

/// Makes a function of batches known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn map_batches(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| {
        implementation::MAP_BATCHES.expand(attribute.into(), item)
    })
}

/// Makes a function of groups known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn grouped_map(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| {
        implementation::GROUPED_MAP.expand(attribute.into(), item)
    })
}

/// Makes a function of the groups of two tables known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn cogrouped_map(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| {
        implementation::COGROUPED_MAP.expand(attribute.into(), item)
    })
}

/// Makes a reader known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn reader(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| {
        implementation::READER.expand(attribute.into(), item)
    })
}

/// Makes a writer known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn writer(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| {
        implementation::WRITER.expand(attribute.into(), item)
    })
}

/// Makes an aggregate function known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn aggregate(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| aggregate::aggregate(attribute.into(), item))
}

/// Makes a window function known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn window(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| window::window(attribute.into(), item))
}

/// Makes a table function known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn table(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(item, |item| table::table(attribute.into(), item))
}

/// Makes columns of the fields of a struct. See the documentation of `arrowbox-sdk`.
#[proc_macro_derive(Row, attributes(row))]
pub fn row(item: TokenStream) -> TokenStream {
    match row::derive(item.into()) {
        Ok(expanded) => expanded.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

fn expanded(
    item: TokenStream,
    expand: impl FnOnce(proc_macro2::TokenStream) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    match expand(item.clone()) {
        Ok(expanded) => expanded.into(),
        // The item stays, so that what uses it is not reported as well.
        Err(error) => {
            let error = error.into_compile_error();
            quote::quote!(#error #item).into()
        }
    }
}
