//! Which signature a call means, and what its arguments have to be cast to.

use arrow::{compute::can_cast_types, datatypes::DataType};

use super::description::{Accepts, Signature};

/// A signature that fits a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// Which of the function's signatures.
    pub(super) signature: usize,
    /// The types that the function is given, one for each argument.
    pub(super) types: Vec<DataType>,
}

/// The signature that needs the least casting, the first of equals.
pub(super) fn choose(signatures: &[Signature], given: &[DataType]) -> Option<Choice> {
    let mut best: Option<(u32, Choice)> = None;
    for (index, signature) in signatures.iter().enumerate() {
        let Some((cost, types)) = fit(signature, given) else {
            continue;
        };
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            let signature = index;
            best = Some((cost, Choice { signature, types }));
        }
    }
    best.map(|(_, choice)| choice)
}

fn fit(signature: &Signature, given: &[DataType]) -> Option<(u32, Vec<DataType>)> {
    if !signature.takes(given.len()) {
        return None;
    }
    let mut cost = 0;
    let mut types = Vec::with_capacity(given.len());
    for (index, given) in given.iter().enumerate() {
        let (more, data_type) = accept(&signature.argument(index)?.accepts, given)?;
        cost += more;
        types.push(data_type);
    }
    Some((cost, types))
}

/// What an argument becomes, and how little we like it.
fn accept(accepts: &Accepts, given: &DataType) -> Option<(u32, DataType)> {
    match accepts {
        Accepts::Any => Some((1, given.clone())),
        Accepts::Text if is_text(given) => Some((0, given.clone())),
        Accepts::Text if given.is_null() => Some((1, DataType::Utf8)),
        Accepts::Binary if is_binary(given) => Some((0, given.clone())),
        // Bytes of text are bytes.
        Accepts::Binary if is_text(given) => Some((4, DataType::Binary)),
        Accepts::Binary if given.is_null() => Some((1, DataType::Binary)),
        Accepts::Text | Accepts::Binary => None,
        Accepts::Exactly(wanted) => Some((cast_cost(given, wanted)?, wanted.clone())),
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values) && !is_dictionary(values),
        other => other.is_string(),
    }
}

fn is_binary(data_type: &DataType) -> bool {
    use DataType::*;
    match data_type {
        Dictionary(_, values) => is_binary(values) && !is_dictionary(values),
        Binary | LargeBinary | BinaryView => true,
        _ => false,
    }
}

fn is_dictionary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Dictionary(..))
}

/// How little a cast is liked, from none (0) to one that can fail at run time. `None` where nobody would
/// expect a cast without asking for it.
fn cast_cost(from: &DataType, to: &DataType) -> Option<u32> {
    use DataType::*;
    if from == to {
        return Some(0);
    }
    let cost = match (from, to) {
        (Null, _) => 1,
        (from, to) if from.equals_datatype(to) => 1,
        (Dictionary(_, values), to) => 2 + cast_cost(values, to)?,
        (from, Dictionary(_, values)) => 3 + cast_cost(from, values)?,
        (RunEndEncoded(_, values), to) => 2 + cast_cost(values.data_type(), to)?,
        (from, to) if is_text(from) && is_text(to) => 2,
        (from, to) if is_binary(from) && is_binary(to) => 2,
        (from, to) if from.is_integer() && to.is_integer() => {
            let widens = to.primitive_width() > from.primitive_width()
                && (to.is_signed_integer() || from.is_unsigned_integer());
            // Narrowing is checked value by value: an overflow is an error, never a wrong number.
            if widens { 2 } else { 5 }
        }
        (from, to) if from.is_floating() && to.is_floating() => {
            if to.primitive_width() > from.primitive_width() {
                2
            } else {
                5
            }
        }
        (from, to) if from.is_integer() && to.is_floating() => 4,
        (from, to) if is_decimal(from) && to.is_floating() => 5,
        (from, to) if from.is_integer() && is_decimal(to) => 4,
        (from, to) if is_decimal(from) && is_decimal(to) => 3,
        (from, to) if from.is_temporal() && to.is_temporal() => 5,
        // A literal `'2026-01-31'` is text.
        (from, to) if is_text(from) && to.is_temporal() => 8,
        (from, to) if from.is_nested() && to.is_nested() => 6,
        _ => return None,
    };
    can_cast_types(from, to).then_some(cost)
}

fn is_decimal(data_type: &DataType) -> bool {
    use DataType::*;
    matches!(
        data_type,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..)
    )
}

#[cfg(test)]
mod tests {
    use DataType::*;

    use super::*;
    use crate::functions::description::Argument;

    fn signature(arguments: &[Accepts], variadic: bool) -> Signature {
        Signature {
            arguments: arguments
                .iter()
                .map(|accepts| Argument {
                    name: String::new(),
                    accepts: accepts.clone(),
                })
                .collect(),
            variadic,
            result: None,
        }
    }

    #[test]
    fn the_signature_that_needs_the_least_casting_is_chosen() {
        let exactly = |data_type| signature(&[Accepts::Exactly(data_type)], false);
        let overloads = [
            exactly(Int32),
            exactly(Int64),
            exactly(Float64),
            signature(&[Accepts::Text], false),
        ];
        let dictionary = Dictionary(Box::new(Int32), Box::new(Utf8));
        for (given, signature, becomes) in [
            (Int64, 1, Int64),
            (Int16, 0, Int32),
            (UInt32, 1, Int64),
            (Float32, 2, Float64),
            (Decimal128(10, 2), 2, Float64),
            (Utf8View, 3, Utf8View),
            (dictionary.clone(), 3, dictionary),
        ] {
            let choice = choose(&overloads, std::slice::from_ref(&given)).expect("a choice");
            assert_eq!(
                (choice.signature, &choice.types[0]),
                (signature, &becomes),
                "{given}"
            );
        }
        assert!(choose(&overloads, &[Boolean]).is_none());
        assert!(choose(&overloads, &[]).is_none());
    }

    #[test]
    fn the_last_argument_of_a_variadic_signature_repeats() {
        let variadic = [signature(&[Accepts::Text, Accepts::Exactly(Int64)], true)];
        let types = |given: &[DataType]| choose(&variadic, given).map(|choice| choice.types);
        assert_eq!(types(&[Utf8]), Some(vec![Utf8]));
        assert_eq!(types(&[Utf8, Int8, Int64]), Some(vec![Utf8, Int64, Int64]));
        assert_eq!(types(&[]), None);
        assert_eq!(types(&[Utf8, Utf8]), None);
    }
}
