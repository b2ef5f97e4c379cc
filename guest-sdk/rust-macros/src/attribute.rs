use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Path, Result, Token, parenthesized};

/// What is between the parentheses of `#[scalar(…)]`.
#[derive(Default)]
pub(crate) struct Attribute {
    pub(crate) name: Option<LitStr>,
    /// `volatile` or `stable`.
    pub(crate) volatility: Option<Ident>,
    pub(crate) grants: Vec<LitStr>,
    pub(crate) arguments: Option<Vec<LitStr>>,
    pub(crate) returns: Option<Returns>,
}

/// What stands behind `returns =`.
pub(crate) enum Returns {
    /// A type as Arrow writes it.
    Type(LitStr),
    /// A function from the fields of the arguments to that of the result.
    Rule(Path),
}

const KNOWN: &str = "`#[scalar]` takes `name = \"…\"`, `volatile` or `stable`, `grants(\"…\")`, and for vectorised functions `arguments(\"…\")` and `returns = …`";

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attribute = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let key: Ident = input
                .parse()
                .map_err(|error| Error::new(error.span(), KNOWN))?;
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is there twice")));
            }
            match key.to_string().as_str() {
                "name" => {
                    input.parse::<Token![=]>()?;
                    let name: LitStr = input.parse()?;
                    if name.value().is_empty() {
                        return Err(Error::new(name.span(), "a function has a name"));
                    }
                    attribute.name = Some(name);
                }
                "volatile" | "stable" => {
                    if attribute.volatility.is_some() {
                        let text = "a function is either `volatile` or `stable`";
                        return Err(Error::new(key.span(), text));
                    }
                    attribute.volatility = Some(key.clone());
                }
                "grants" => attribute.grants = texts(input)?,
                "arguments" => attribute.arguments = Some(texts(input)?),
                "returns" => {
                    input.parse::<Token![=]>()?;
                    attribute.returns = Some(if input.peek(LitStr) {
                        Returns::Type(input.parse()?)
                    } else {
                        Returns::Rule(input.parse()?)
                    });
                }
                _ => return Err(Error::new(key.span(), format!("`{key}`: {KNOWN}"))),
            }
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attribute)
    }
}

fn texts(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    let content;
    parenthesized!(content in input);
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    Ok(texts.into_iter().collect())
}
