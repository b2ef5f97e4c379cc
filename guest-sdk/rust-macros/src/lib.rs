//! The attribute macros of `arrowbox-sdk`, which documents and re-exports them.

mod attribute;
mod callable;
mod expand;
mod scalar;
mod types;

use proc_macro::TokenStream;

/// Makes a function known to Arrowbox. See the documentation of `arrowbox-sdk`.
#[proc_macro_attribute]
pub fn scalar(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    match scalar::scalar(attribute.into(), item.clone()) {
        Ok(expanded) => expanded.into(),
        // The item stays, so that what uses it is not reported as well.
        Err(error) => {
            let error = error.into_compile_error();
            quote::quote!(#error #item).into()
        }
    }
}
