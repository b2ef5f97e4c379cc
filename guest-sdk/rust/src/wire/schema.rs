use std::sync::Arc;

use arrow_schema::ffi::{FFI_ArrowSchema, Flags};
use arrow_schema::{ArrowError, Field, FieldRef};

use crate::Error;
use crate::bindings::arrowbox::udf::arrow::{self as wit, FieldFlags, Schema};
use crate::signature::ArgumentType;

/// The top-level fields of `schema`.
pub(crate) fn read_fields(schema: Schema) -> Result<Vec<FieldRef>, Error> {
    let mut fields = schema.into_iter();
    let mut read = Vec::new();
    while let Some(field) = fields.next() {
        let field = read_field(field, &mut fields)?;
        read.push(Arc::new(Field::try_from(&field)?));
    }
    Ok(read)
}

fn read_field(
    field: wit::Field,
    following: &mut impl Iterator<Item = wit::Field>,
) -> Result<FFI_ArrowSchema, Error> {
    let mut child = || match following.next() {
        Some(field) => read_field(field, following),
        None => Err(Error::new("the schema ends within a field")),
    };
    let children = (0..field.children)
        .map(|_| child())
        .collect::<Result<_, _>>()?;
    let dictionary = field.dictionary.then(&mut child).transpose()?;

    let mut flags = Flags::empty();
    for (ours, theirs) in FLAGS {
        flags.set(theirs, field.flags.bits() & ours.bits() != 0);
    }
    Ok(
        FFI_ArrowSchema::try_new(&field.format, children, dictionary)?
            .with_name(&field.name)?
            .with_flags(flags)?
            .with_metadata(field.metadata)?,
    )
}

const FLAGS: [(FieldFlags, Flags); 3] = [
    (FieldFlags::NULLABLE, Flags::NULLABLE),
    (FieldFlags::DICTIONARY_ORDERED, Flags::DICTIONARY_ORDERED),
    (FieldFlags::MAP_KEYS_SORTED, Flags::MAP_KEYS_SORTED),
];

/// Appends `field` and all below it.
pub(crate) fn push_field(field: &Field, schema: &mut Schema) -> Result<(), ArrowError> {
    push(&FFI_ArrowSchema::try_from(field)?, schema)
}

fn push(field: &FFI_ArrowSchema, schema: &mut Schema) -> Result<(), ArrowError> {
    let mut flags = FieldFlags::empty();
    for (ours, theirs) in FLAGS {
        if field.flags().is_some_and(|set| set.contains(theirs)) {
            flags = flags | ours;
        }
    }
    let mut metadata: Vec<_> = field.metadata()?.into_iter().collect();
    metadata.sort();
    schema.push(wit::Field {
        name: field.name().unwrap_or_default().to_owned(),
        format: field.format().to_owned(),
        flags,
        children: field.children().count() as u32,
        dictionary: field.dictionary().is_some(),
        metadata,
    });
    let children = field.children().chain(field.dictionary());
    children
        .into_iter()
        .try_for_each(|child| push(child, schema))
}

/// Appends an argument of a signature.
pub(crate) fn push_argument(
    name: &str,
    argument: &ArgumentType,
    schema: &mut Schema,
) -> Result<(), ArrowError> {
    let format = match argument {
        ArgumentType::Exactly(data_type) => {
            return push_field(&Field::new(name, data_type.clone(), true), schema);
        }
        ArgumentType::Any => "*",
        ArgumentType::Text => "*u",
        ArgumentType::Binary => "*z",
    };
    schema.push(wit::Field {
        name: name.to_owned(),
        format: format.to_owned(),
        flags: FieldFlags::NULLABLE,
        children: 0,
        dictionary: false,
        metadata: Vec::new(),
    });
    Ok(())
}
