use proc_macro2::TokenStream;
use syn::Result;

/// What `#[table(attribute)]` above `item` becomes.
pub(crate) fn table(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let _ = attribute;
    Ok(item)
}
