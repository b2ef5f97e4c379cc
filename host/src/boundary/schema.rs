//! Arrow fields <-> the fields of the contract.
//!
//! Formats are those of the Arrow C Data Interface, printed and parsed by `arrow-schema`. What a guest
//! sends is checked here once: a [`Field`] that comes out of [`fields`] has a type that an array can have.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::error::ArrowError;
use arrow_schema::ffi::{FFI_ArrowSchema, Flags};

use crate::sandbox::wire;

/// Levels of nesting.
const DEPTH: usize = 64;
/// Fields of one schema, children included.
const FIELDS: usize = 10_000;

/// A guest sent a schema that is none.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A format that `arrow-schema` does not know, or can not be with these children.
    #[error("the type `{format}` of field `{name}` is not valid: {reason}")]
    Type {
        /// The field's.
        name: String,
        /// Of the C Data Interface.
        format: String,
        /// Why.
        reason: String,
    },
    /// Children are missing or left over.
    #[error("the list of fields ends within field `{0}`")]
    Truncated(String),
    /// Too deep or too many.
    #[error("a schema has at most {FIELDS} fields and {DEPTH} levels of nesting")]
    TooLarge,
}

/// The fields of the contract for `fields`, in pre-order.
///
/// # Errors
///
/// If a type has no format.
pub fn to_wire<'f>(
    fields: impl IntoIterator<Item = &'f FieldRef>,
) -> Result<Vec<wire::Field>, ArrowError> {
    let mut out = Vec::new();
    for field in fields {
        push(field, &mut out)?;
    }
    Ok(out)
}

fn push(field: &Field, out: &mut Vec<wire::Field>) -> Result<(), ArrowError> {
    let schema = FFI_ArrowSchema::try_from(field)?;
    let (values, data_type) = match field.data_type() {
        DataType::Dictionary(key, values) => (Some(values), key.as_ref()),
        data_type => (None, data_type),
    };
    let flags = [
        (wire::FieldFlags::NULLABLE, field.is_nullable()),
        (
            wire::FieldFlags::DICTIONARY_ORDERED,
            schema.dictionary_ordered(),
        ),
        // `arrow-schema` forgets this one.
        (
            wire::FieldFlags::MAP_KEYS_SORTED,
            matches!(data_type, DataType::Map(_, true)),
        ),
    ];
    let flags = flags
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .fold(wire::FieldFlags::empty(), |all, (flag, _)| all | flag);
    let children = children(data_type);
    let mut metadata: Vec<_> = field.metadata().clone().into_iter().collect();
    metadata.sort();
    out.push(wire::Field {
        name: field.name().clone(),
        format: schema.format().to_owned(),
        flags,
        children: children.len() as u32,
        dictionary: values.is_some(),
        metadata,
    });
    for child in children {
        push(child, out)?;
    }
    if let Some(values) = values {
        push(&Field::new("", values.as_ref().clone(), true), out)?;
    }
    Ok(())
}

/// The fields of the arrays inside an array, but the values of a dictionary.
fn children(data_type: &DataType) -> Vec<&FieldRef> {
    use DataType::*;
    match data_type {
        List(child)
        | LargeList(child)
        | ListView(child)
        | LargeListView(child)
        | FixedSizeList(child, _)
        | Map(child, _) => vec![child],
        Struct(fields) => fields.iter().collect(),
        Union(fields, _) => fields.iter().map(|(_, field)| field).collect(),
        RunEndEncoded(ends, values) => vec![ends, values],
        _ => vec![],
    }
}

/// A top-level field as the guest sent it, or a stand-in for many types.
pub enum Parsed {
    /// A type.
    Field(FieldRef),
    /// `*`, `*u` or `*z`, with the name of the field.
    Pattern {
        /// The field's.
        name: String,
        /// What stands there.
        format: String,
    },
}

/// The top-level fields of a guest's schema, which can hold patterns.
///
/// # Errors
///
/// See [`SchemaError`].
pub fn parse(schema: &[wire::Field]) -> Result<Vec<Parsed>, SchemaError> {
    if schema.len() > FIELDS {
        return Err(SchemaError::TooLarge);
    }
    let mut rest = schema;
    let mut fields = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        if first.format.starts_with('*') && first.children == 0 && !first.dictionary {
            rest = after;
            fields.push(Parsed::Pattern {
                name: first.name.clone(),
                format: first.format.clone(),
            });
            continue;
        }
        let schema = take(&mut rest, 0)?;
        let field = Field::try_from(&schema).map_err(|error| refuse(first, error.to_string()))?;
        check(field.data_type()).map_err(|reason| refuse(first, reason))?;
        fields.push(Parsed::Field(Arc::new(field)));
    }
    Ok(fields)
}

/// The top-level fields of a guest's schema.
///
/// # Errors
///
/// See [`SchemaError`]; a pattern is no type here.
pub fn fields(schema: &[wire::Field]) -> Result<Vec<FieldRef>, SchemaError> {
    parse(schema)?
        .into_iter()
        .map(|field| match field {
            Parsed::Field(field) => Ok(field),
            Parsed::Pattern { name, format } => Err(SchemaError::Type {
                name,
                format,
                reason: "only an argument can be of any type".into(),
            }),
        })
        .collect()
}

fn refuse(field: &wire::Field, reason: String) -> SchemaError {
    SchemaError::Type {
        name: field.name.clone(),
        format: field.format.clone(),
        reason,
    }
}

/// Takes one field with its children from the front of `rest`.
fn take(rest: &mut &[wire::Field], depth: usize) -> Result<FFI_ArrowSchema, SchemaError> {
    if depth > DEPTH {
        return Err(SchemaError::TooLarge);
    }
    let Some((field, after)) = rest.split_first() else {
        return Err(SchemaError::Truncated(String::new()));
    };
    *rest = after;
    // `arrow-schema` takes these for granted.
    if field.format.contains('\0') {
        return Err(refuse(field, "it contains a zero byte".into()));
    }
    let expected = match field.format.as_str() {
        "+l" | "+L" | "+vl" | "+vL" | "+m" => Some(1),
        "+r" => Some(2),
        format if format.starts_with("+w:") => Some(1),
        format if format.starts_with("+s") || format.starts_with("+u") => None,
        _ => Some(0),
    };
    if expected.is_some_and(|expected| expected != field.children) {
        return Err(refuse(field, format!("it has {} children", field.children)));
    }
    let mut children = Vec::new();
    for _ in 0..field.children {
        if rest.is_empty() {
            return Err(SchemaError::Truncated(field.name.clone()));
        }
        children.push(take(rest, depth + 1)?);
    }
    let dictionary = if field.dictionary {
        if rest.is_empty() {
            return Err(SchemaError::Truncated(field.name.clone()));
        }
        Some(take(rest, depth + 1)?)
    } else {
        None
    };
    let mut flags = Flags::empty();
    let has = |flag| field.flags.contains(flag);
    flags.set(Flags::NULLABLE, has(wire::FieldFlags::NULLABLE));
    flags.set(
        Flags::DICTIONARY_ORDERED,
        has(wire::FieldFlags::DICTIONARY_ORDERED),
    );
    flags.set(
        Flags::MAP_KEYS_SORTED,
        has(wire::FieldFlags::MAP_KEYS_SORTED),
    );
    FFI_ArrowSchema::try_new(&field.format, children, dictionary)
        .and_then(|schema| schema.with_name(&field.name))
        .and_then(|schema| schema.with_flags(flags))
        .and_then(|schema| {
            schema.with_metadata(field.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())))
        })
        .map_err(|error| refuse(field, error.to_string()))
}

/// Bytes that one value of a type takes at most, null or not. Whoever makes an array of nulls, as engines do
/// for joins, takes so many for each row.
const VALUE: usize = 64 << 10;

/// Bytes that one value takes even if it is null, at least one for each of its parts.
fn width(data_type: &DataType) -> Option<usize> {
    use DataType::*;
    match data_type {
        FixedSizeBinary(size) => usize::try_from(*size).ok(),
        FixedSizeList(child, size) => {
            let each = width(child.data_type())?.max(1);
            each.checked_mul(usize::try_from(*size).ok()?)
        }
        Struct(fields) => total(fields.iter()),
        Union(fields, _) => total(fields.iter().map(|(_, field)| field)),
        data_type => Some(data_type.primitive_width().unwrap_or(16)),
    }
}

fn total<'f>(mut fields: impl Iterator<Item = &'f FieldRef>) -> Option<usize> {
    fields.try_fold(0_usize, |sum, field| {
        sum.checked_add(width(field.data_type())?)
    })
}

/// Whether a type that an operation made can be that of a guest's column.
pub(crate) fn admit(data_type: &DataType) -> Result<(), String> {
    let mut waiting = vec![(data_type, 0)];
    let mut fields = 0;
    while let Some((data_type, depth)) = waiting.pop() {
        fields += 1;
        if depth > DEPTH || fields > FIELDS {
            return Err(SchemaError::TooLarge.to_string());
        }
        let values = match data_type {
            DataType::Dictionary(_, values) => Some(values.as_ref()),
            _ => None,
        };
        let children = children(data_type).into_iter();
        let children = children.map(|field| field.data_type()).chain(values);
        waiting.extend(children.map(|child| (child, depth + 1)));
    }
    check(data_type)
}

/// Whether arrays of this type can be, which `arrow` takes for granted when it makes them.
fn check(data_type: &DataType) -> Result<(), String> {
    use DataType::*;
    if width(data_type).is_none_or(|width| width > VALUE) {
        return Err(format!("one value takes more than {} KiB", VALUE >> 10));
    }
    match data_type {
        Decimal32(precision, scale) => decimal(*precision, *scale, 9),
        Decimal64(precision, scale) => decimal(*precision, *scale, 18),
        Decimal128(precision, scale) => decimal(*precision, *scale, 38),
        Decimal256(precision, scale) => decimal(*precision, *scale, 76),
        List(child)
        | LargeList(child)
        | ListView(child)
        | LargeListView(child)
        | FixedSizeList(child, _) => check(child.data_type()),
        Struct(fields) => fields.iter().try_for_each(|field| check(field.data_type())),
        Map(entries, _) => match entries.data_type() {
            Struct(fields) if fields.len() == 2 && !fields[0].is_nullable() => {
                check(entries.data_type())
            }
            _ => Err("a map has entries of a key that is never null and a value".into()),
        },
        Union(fields, _) => {
            if fields.is_empty() {
                return Err("a union has at least one field".into());
            }
            fields.iter().try_for_each(|(id, field)| {
                if id < 0 {
                    return Err(format!("a type id of {id}"));
                }
                check(field.data_type())
            })
        }
        Dictionary(key, value) => {
            if !key.is_dictionary_key_type() {
                return Err(format!("keys of {key}"));
            }
            check(value)
        }
        RunEndEncoded(ends, values) => {
            if !matches!(ends.data_type(), Int16 | Int32 | Int64) || ends.is_nullable() {
                return Err(format!("run ends of {}", ends.data_type()));
            }
            check(values.data_type())
        }
        _ => Ok(()),
    }
}

fn decimal(precision: u8, scale: i8, most: u8) -> Result<(), String> {
    if precision == 0 || precision > most || scale.unsigned_abs() > precision {
        return Err(format!("precision {precision}, scale {scale}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};

    use super::*;

    fn entries() -> FieldRef {
        Arc::new(Field::new(
            "entries",
            DataType::Struct(Fields::from(vec![
                Field::new("key", DataType::Utf8, false),
                Field::new("value", DataType::Int32, true),
            ])),
            false,
        ))
    }

    #[test]
    fn every_type_comes_back() {
        let item = || Arc::new(Field::new("item", DataType::Utf8View, true));
        let union = UnionFields::try_new(
            [0, 5],
            [
                Field::new("a", DataType::Int8, true),
                Field::new("b", DataType::List(item()), true),
            ],
        )
        .unwrap();
        let types = [
            DataType::Null,
            DataType::Boolean,
            DataType::Float16,
            DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Zurich".into())),
            DataType::Time32(TimeUnit::Second),
            DataType::Interval(IntervalUnit::MonthDayNano),
            DataType::FixedSizeBinary(16),
            DataType::Decimal32(9, 2),
            DataType::Decimal256(76, -3),
            DataType::List(item()),
            DataType::LargeListView(item()),
            DataType::FixedSizeList(item(), 3),
            DataType::Map(entries(), true),
            DataType::Union(union.clone(), UnionMode::Dense),
            DataType::Union(union, UnionMode::Sparse),
            DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::List(item()))),
            DataType::RunEndEncoded(
                Arc::new(Field::new("run_ends", DataType::Int32, false)),
                Arc::new(Field::new("values", DataType::Utf8, true)),
            ),
        ];
        let sent: Vec<FieldRef> = types
            .into_iter()
            .enumerate()
            .map(|(i, t)| {
                Arc::new(
                    Field::new(format!("c{i}"), t, i % 2 == 0)
                        .with_metadata([("k".into(), "v".into())].into()),
                )
            })
            .collect();
        let wire = to_wire(&sent).unwrap();
        assert_eq!(fields(&wire).unwrap(), sent);
    }

    #[test]
    fn what_operations_make_is_admitted_up_to_a_depth() {
        let mut deep = DataType::Int8;
        for _ in 0..DEPTH {
            deep = DataType::List(Arc::new(Field::new_list_field(deep, true)));
        }
        assert_eq!(admit(&deep), Ok(()));
        deep = DataType::List(Arc::new(Field::new_list_field(deep, true)));
        assert!(admit(&deep).unwrap_err().contains("levels"));
        let field = |at| Field::new(format!("c{at}"), DataType::Int8, true);
        let wide = DataType::Struct((0..FIELDS).map(field).collect());
        assert!(admit(&wide).unwrap_err().contains("levels"));
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        let field = |format: &str, children| wire::Field {
            name: "f".into(),
            format: format.into(),
            flags: wire::FieldFlags::empty(),
            children,
            dictionary: false,
            metadata: vec![],
        };
        let int = || field("i", 0);
        let cases: Vec<(Vec<wire::Field>, &str)> = vec![
            (vec![field("+l", 0)], "has 0 children"),
            (vec![field("i", 1), int()], "has 1 children"),
            (vec![field("+s", 2), int()], "ends within field `f`"),
            (vec![field("nope", 0)], "not valid"),
            (vec![field("i\0", 0)], "zero byte"),
            (vec![field("w:-4", 0)], "more than 64 KiB"),
            (vec![field("w:2147483647", 0)], "more than 64 KiB"),
            (
                vec![field("+w:70000", 1), field("+w:70000", 1), int()],
                "more than 64 KiB",
            ),
            (vec![field("d:99,2", 0)], "precision 99"),
            (vec![field("+m", 1), int()], "entries"),
            (
                vec![field("+r", 2), field("u", 0), int()],
                "run ends of Utf8",
            ),
            (vec![field("+ud:-1", 1), int()], "not valid"),
            (vec![field("*", 0)], "any type"),
            (vec![int(); FIELDS + 1], "at most"),
        ];
        for (schema, fragment) in cases {
            let error = fields(&schema).expect_err(fragment).to_string();
            assert!(error.contains(fragment), "{error}");
        }
        let mut deep = vec![field("+l", 1); DEPTH + 2];
        deep.push(int());
        let error = fields(&deep).expect_err("deep").to_string();
        assert!(error.contains("levels"), "{error}");
    }
}
