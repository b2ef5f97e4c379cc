use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{
    Error, FnArg, GenericParam, Ident, Pat, Result, ReturnType, Signature, Type, TypeReference,
};

use crate::types::{has_nested_option, is_named, last_name, without_lifetimes};

/// The signature of what is called for rows or for columns.
pub(crate) struct Callable {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Outcome,
}

/// One parameter that an argument is passed for.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What is passed.
pub(crate) enum Kind {
    /// A row of a column.
    Row(Type),
    /// The rows of all columns from here on: the `T` of `&[T]`.
    Rows(Type),
    /// A column: the `T` of `&T`.
    Column(Type),
    /// All columns from here on.
    Columns,
}

/// Where the result is.
pub(crate) enum Outcome {
    /// It is returned.
    Returned(Box<Type>),
    /// It is written to the last parameter, of this type behind `&mut`; the other type is returned.
    Written(Box<Type>, Box<Type>),
}

impl Callable {
    /// # Errors
    ///
    /// The signature is of no kind that rows or columns can be passed to; the error says what to write.
    pub(crate) fn new(signature: &Signature) -> Result<Self> {
        let (parameters, out) = parameters(signature)?;
        let callable = Self {
            result: outcome(signature, out)?,
            parameters,
        };
        callable.refuse_mixture(signature)?;
        Ok(callable)
    }

    /// Of a method that is called for rows and gives no value for them.
    ///
    /// # Errors
    ///
    /// Something else than values of rows is passed; `instead` says what to write.
    pub(crate) fn rows(signature: &Signature, instead: &str) -> Result<Vec<Parameter>> {
        let (parameters, out) = parameters(signature)?;
        let is_row = |parameter: &Parameter| matches!(parameter.kind, Kind::Row(_) | Kind::Rows(_));
        if out.is_some() || !parameters.iter().all(is_row) {
            return Err(Error::new(signature.inputs.span(), instead));
        }
        Ok(parameters)
    }

    /// Whether it is called once for all rows.
    pub(crate) fn is_vectorised(&self) -> bool {
        let parameter = self.parameters.first();
        parameter.is_some_and(|first| matches!(first.kind, Kind::Column(_) | Kind::Columns))
    }

    fn refuse_mixture(&self, signature: &Signature) -> Result<()> {
        let columns = self
            .parameters
            .iter()
            .filter(|p| matches!(p.kind, Kind::Column(_) | Kind::Columns));
        let columns = columns.count();
        if columns != 0 && columns != self.parameters.len() {
            let text = "the parameters are either all values of one row, or all arrays";
            return Err(Error::new(signature.inputs.span(), text));
        }
        if columns != 0 && matches!(self.result, Outcome::Written(..)) {
            let text = "a vectorised function returns an array; it has no parameter to write to";
            return Err(Error::new(signature.inputs.span(), text));
        }
        Ok(())
    }
}

/// The parameters that arguments are passed for, and what is behind `&mut` at their end.
fn parameters(signature: &Signature) -> Result<(Vec<Parameter>, Option<Type>)> {
    refuse_qualifiers(signature)?;
    let mut parameters = Vec::new();
    let mut out = None;
    for input in &signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        if out.is_some() {
            let text = "the parameter that the result is written to is the last one, and there is one only";
            return Err(Error::new(input.span(), text));
        }
        if let Some(previous) = parameters.last() {
            refuse_after_slice(previous, input.span())?;
        }
        match written_type(&input.ty)? {
            Some(writer) => out = Some(writer),
            None => parameters.push(Parameter {
                name: parameter_name(&input.pat, parameters.len()),
                kind: kind(&input.ty)?,
            }),
        }
    }
    Ok((parameters, out))
}

fn refuse_qualifiers(signature: &Signature) -> Result<()> {
    if let Some(keyword) = &signature.asyncness {
        let text = "a function of a query can not be async: it computes, and what it needs comes with its arguments";
        return Err(Error::new(keyword.span(), text));
    }
    if let Some(keyword) = &signature.unsafety {
        let text = "a query can not keep promises: the function has to be safe";
        return Err(Error::new(keyword.span(), text));
    }
    let generic = signature
        .generics
        .params
        .iter()
        .find(|p| !matches!(p, GenericParam::Lifetime(_)));
    if let Some(parameter) = generic {
        let text = "a query has no types to fill in: write one function for each type, all with the same `#[scalar(name = \"…\")]`";
        return Err(Error::new(parameter.span(), text));
    }
    Ok(())
}

fn refuse_after_slice(previous: &Parameter, span: Span) -> Result<()> {
    if matches!(previous.kind, Kind::Rows(_) | Kind::Columns) {
        let text = "a slice takes all arguments that are left, so it is the last parameter";
        return Err(Error::new(span, text));
    }
    Ok(())
}

/// The type behind `&mut`, which is one that results are written to.
fn written_type(ty: &Type) -> Result<Option<Type>> {
    match ty {
        Type::Reference(TypeReference {
            mutability: Some(_),
            elem,
            ..
        }) => {
            if is_named(elem, "Text") || is_named(elem, "Bytes") {
                return Ok(Some(without_lifetimes(elem)));
            }
            let text = "the only things that a function changes are `out: &mut Text` and `out: &mut Bytes`";
            Err(Error::new(ty.span(), text))
        }
        _ => Ok(None),
    }
}

fn kind(ty: &Type) -> Result<Kind> {
    if has_nested_option(ty) {
        return Err(Error::new(
            ty.span(),
            "a value is null or it is not: write one `Option`",
        ));
    }
    if let Some(instead) = instead_of_owned(ty) {
        let text = format!("values are lent to the function: write `{instead}`");
        return Err(Error::new(ty.span(), text));
    }
    let plain = without_lifetimes(ty);
    match ty {
        Type::ImplTrait(_) => Err(Error::new(
            ty.span(),
            "say which type: a query chooses functions by it",
        )),
        Type::Reference(reference) => match &*reference.elem {
            elem if is_named(elem, "str") => Ok(Kind::Row(plain)),
            Type::Slice(slice) if is_named(&slice.elem, "u8") => Ok(Kind::Row(plain)),
            Type::Slice(slice) if is_named(&slice.elem, "ArrayRef") => Ok(Kind::Columns),
            Type::Slice(slice) if is_array(&slice.elem) => Err(Error::new(
                slice.span(),
                "columns behind a slice can differ in type: write `&[ArrayRef]`",
            )),
            Type::Slice(slice) => Ok(Kind::Rows(without_lifetimes(&slice.elem))),
            Type::TraitObject(_) => Err(Error::new(ty.span(), "write `&ArrayRef`")),
            elem => Ok(Kind::Column(without_lifetimes(elem))),
        },
        _ if is_array(ty) => {
            let text = "arrays are lent to the function: write `&` before the type";
            Err(Error::new(ty.span(), text))
        }
        _ => Ok(Kind::Row(plain)),
    }
}

fn is_array(ty: &Type) -> bool {
    last_name(ty).is_some_and(|name| name == "ArrayRef" || name.to_string().ends_with("Array"))
}

fn instead_of_owned(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Reference(reference) => instead_of_owned(&reference.elem),
        Type::Path(_) if is_named(ty, "String") => Some("&str"),
        Type::Path(_) if is_named(ty, "Vec") => Some("&[u8]`, or as the last parameter `&[i64]"),
        _ => None,
    }
}

fn outcome(signature: &Signature, out: Option<Type>) -> Result<Outcome> {
    let returned = match &signature.output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    };
    if let Some(ty) = returned
        && has_nested_option(ty)
    {
        return Err(Error::new(
            ty.span(),
            "a value is null or it is not: write one `Option`",
        ));
    }
    match (out, returned) {
        (Some(writer), returned) => {
            let unit = || syn::parse_quote!(());
            let returned = returned.map_or_else(unit, |ty| without_lifetimes(ty));
            Ok(Outcome::Written(writer.into(), returned.into()))
        }
        (None, Some(ty)) => Ok(Outcome::Returned(without_lifetimes(ty).into())),
        (None, None) => {
            let text = "a function gives a value for every row: write what it returns, `-> i64`, or where it writes text, `out: &mut Text`";
            Err(Error::new(signature.paren_token.span.close(), text))
        }
    }
}

fn parameter_name(pattern: &Pat, index: usize) -> String {
    match pattern {
        Pat::Ident(pattern) => plain_name(&pattern.ident)
            .trim_start_matches('_')
            .to_owned(),
        _ => format!("argument_{}", index + 1),
    }
}

/// Without the `r#` of a name that is a keyword.
pub(crate) fn plain_name(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}
