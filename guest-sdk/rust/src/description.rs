use crate::function::{Entry, Kind, Volatility};
use crate::signature::{ArgumentType, Signature};

/// A function of a library: all entries of one name and kind together.
pub struct Description {
    /// In SQL.
    pub name: &'static str,
    /// What it gives for what.
    pub kind: Kind,
    /// What the optimiser can assume.
    pub volatility: Volatility,
    /// Whether the result is null wherever an argument is.
    pub strict: bool,
    /// What it needs to be granted.
    pub grants: Vec<&'static str>,
    /// The first line is the summary.
    pub documentation: &'static str,
    /// The ways of calling it.
    pub signatures: Vec<Signature>,
}

/// The functions of a library. Entries of one name and kind are one function with several signatures: it
/// is as volatile as the most volatile of them, and it sees nulls if one of them does.
///
/// # Panics
///
/// Two entries of one name and kind can be called with the same arguments, or a type that was declared as text is
/// none.
pub fn describe(entries: &[Entry]) -> Vec<Description> {
    let mut functions: Vec<Description> = Vec::new();
    for entry in entries {
        let signature = (entry.signature)();
        let kind = entry.open.kind();
        let known = functions
            .iter_mut()
            .find(|function| function.name == entry.name && function.kind == kind);
        let Some(function) = known else {
            functions.push(Description {
                name: entry.name,
                kind,
                volatility: entry.volatility,
                strict: entry.strict,
                grants: entry.grants.to_vec(),
                documentation: entry.documentation,
                signatures: vec![signature],
            });
            continue;
        };
        let types = |signature: &Signature| -> (Vec<ArgumentType>, bool) {
            let types = signature
                .arguments
                .iter()
                .map(|(_, argument)| argument.clone());
            (types.collect(), signature.variadic)
        };
        assert!(
            !function
                .signatures
                .iter()
                .any(|other| types(other) == types(&signature)),
            "`{}` is exported twice with the same arguments",
            entry.name
        );
        function.volatility = function.volatility.max(entry.volatility);
        function.strict &= entry.strict;
        for grant in entry.grants {
            if !function.grants.contains(grant) {
                function.grants.push(grant);
            }
        }
        if function.documentation.is_empty() {
            function.documentation = entry.documentation;
        }
        function.signatures.push(signature);
    }
    functions
}
