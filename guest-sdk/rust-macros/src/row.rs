use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, Index, LitStr, Member, Result};

use crate::callable::plain_name;

/// What `#[derive(Row)]` above `input` becomes.
pub(crate) fn derive(input: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    if !input.generics.params.is_empty() {
        let text =
            "a query has no types to fill in: the struct can not be generic, and it owns its text";
        return Err(Error::new(input.generics.span(), text));
    }
    let Data::Struct(data) = &input.data else {
        let text = "`#[derive(Row)]` stands above a struct, whose fields become columns";
        return Err(Error::new(input.ident.span(), text));
    };
    let Fields::Named(fields) = &data.fields else {
        let text = "the fields have names, which are those of the columns: write `struct … { name: type }`";
        return Err(Error::new(input.ident.span(), text));
    };
    let members = fields
        .named
        .iter()
        .map(member)
        .collect::<Result<Vec<_>>>()?;
    if members.iter().all(|member| member.column.is_none()) {
        let text = "a row has at least one column: every field is skipped, or there is none";
        return Err(Error::new(input.ident.span(), text));
    }
    refuse_twins(&members)?;
    Ok(expand(&input, &members))
}

/// A field of the struct.
struct Attributed<'a> {
    field: &'a Field,
    member: Member,
    /// The name of its column, if it is one.
    column: Option<String>,
}

fn member(field: &Field) -> Result<Attributed<'_>> {
    let ident = field.ident.clone().expect("the fields have names");
    let (mut skip, mut name) = (false, None);
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("row")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                skip = true;
            } else if meta.path.is_ident("name") {
                name = Some(meta.value()?.parse::<LitStr>()?);
            } else {
                return Err(meta.error("a field can have `#[row(skip)]` or `#[row(name = \"…\")]`"));
            }
            Ok(())
        })?;
    }
    if let (true, Some(name)) = (skip, &name) {
        let text = "a field that is skipped is no column and has no name";
        return Err(Error::new(name.span(), text));
    }
    let name = || name.map_or_else(|| plain_name(&ident), |name| name.value());
    Ok(Attributed {
        field,
        column: (!skip).then(name),
        member: Member::Named(ident.clone()),
    })
}

fn refuse_twins(members: &[Attributed<'_>]) -> Result<()> {
    let mut seen = Vec::new();
    for member in members {
        let Some(name) = &member.column else { continue };
        if seen.contains(&name) {
            let text = format!("there are two columns `{name}`");
            return Err(Error::new(member.field.span(), text));
        }
        seen.push(name);
    }
    Ok(())
}

fn expand(input: &DeriveInput, members: &[Attributed<'_>]) -> TokenStream {
    let sdk = quote!(::arrowbox_sdk::__private);
    let span = Span::mixed_site();
    let ident = &input.ident;
    let columns: Vec<_> = members.iter().filter(|m| m.column.is_some()).collect();
    let names: Vec<_> = columns.iter().filter_map(|m| m.column.as_ref()).collect();
    let fields: Vec<_> = columns.iter().map(|m| &m.member).collect();
    let places: Vec<_> = (0..columns.len()).map(Index::from).collect();
    let cells: Vec<_> = columns
        .iter()
        .map(|column| {
            let ty = &column.field.ty;
            quote_spanned!(ty.span()=> <#ty as #sdk::Cell>)
        })
        .collect();
    let types: Vec<_> = columns.iter().map(|column| &column.field.ty).collect();
    let mut place = 0..;
    let readings = members.iter().map(|member| {
        let name = &member.member;
        match &member.column {
            Some(_) => {
                let place = Index::from(place.next().unwrap_or_default());
                quote_spanned!(span=> #name: reader.#place.read(row))
            }
            None => quote_spanned!(span=> #name: ::core::clone::Clone::clone(&rest.#name)),
        }
    });
    let iterators: Vec<_> = (0..columns.len())
        .map(|i| format_ident!("column{i}", span = span))
        .collect();
    quote_spanned! {span=>
        const _: () = {
            impl #sdk::Row for #ident {
                type Sink = (#(#cells::Sink,)*);
                type Reader<'a> = (#(#sdk::CellReader<'a, #types>,)*);

                fn fields() -> #sdk::Vec<#sdk::FieldRef> {
                    #sdk::Vec::from([#(#sdk::field::<#types>(#names)),*])
                }

                fn sink(rows: usize) -> Self::Sink {
                    (#(#cells::sink(rows),)*)
                }

                #[inline]
                fn write_row(&self, sink: &mut Self::Sink) {
                    #(#cells::write(&self.#fields, &mut sink.#places);)*
                }

                fn bytes(sink: &Self::Sink) -> usize {
                    0 #(+ #cells::bytes(&sink.#places))*
                }

                fn finish(sink: Self::Sink) -> #sdk::Vec<#sdk::ArrayData> {
                    #sdk::Vec::from([#(#cells::finish(sink.#places, ::core::option::Option::None)),*])
                }

                fn columns(rows: &[Self]) -> #sdk::Vec<#sdk::ArrayData> {
                    #(let #iterators = #sdk::cells(rows.iter().map(|row| &row.#fields));)*
                    #sdk::Vec::from([#(#iterators),*])
                }

                fn reader(
                    columns: &[#sdk::RawColumn],
                ) -> #sdk::Result<Self::Reader<'_>, #sdk::Error> {
                    ::core::result::Result::Ok((
                        #(#sdk::CellReader::<#types>::new(columns, #places, #names)?,)*
                    ))
                }

                #[inline]
                fn read(reader: &Self::Reader<'_>, row: usize, rest: &Self) -> Self {
                    let _ = rest;
                    Self { #(#readings),* }
                }
            }
        };
    }
}

#[cfg(test)]
mod tests;
