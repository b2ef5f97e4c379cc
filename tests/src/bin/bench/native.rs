//! The reference functions as plain functions of DataFusion: the same Rust code, without a sandbox.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray, StringBuilder},
    compute::kernels::arity::{binary, unary},
    datatypes::{DataType, Float64Type, Int64Type},
};
use arrowbox_sdk::Text;
use datafusion::{
    error::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

/// Computes a column from columns without nulls or constants.
type Body = fn(&[ArrayRef]) -> Result<ArrayRef>;

/// A function of DataFusion.
#[derive(Debug)]
pub(crate) struct Native {
    name: &'static str,
    signature: Signature,
    result: DataType,
    body: Body,
}

/// The native twin of a reference function.
pub(crate) fn udf(name: &'static str) -> ScalarUDF {
    let (arguments, result, body): (Vec<DataType>, DataType, Body) = match name {
        "add_one" => (vec![DataType::Int64], DataType::Int64, |columns| {
            let x: &Int64Array = columns[0].as_primitive::<Int64Type>();
            Ok(Arc::new(unary::<_, _, Int64Type>(x, reference::add_one)))
        }),
        "collatz" => (vec![DataType::Int64], DataType::Int64, |columns| {
            let n = columns[0].as_primitive::<Int64Type>();
            Ok(Arc::new(unary::<_, _, Int64Type>(n, reference::collatz)))
        }),
        "gcd" => (vec![DataType::Int64; 2], DataType::Int64, |columns| {
            let (a, b) = (
                columns[0].as_primitive::<Int64Type>(),
                columns[1].as_primitive(),
            );
            let gcd: Int64Array = binary::<_, Int64Type, _, _>(a, b, reference::gcd)?;
            Ok(Arc::new(gcd))
        }),
        "haversine" => (vec![DataType::Float64; 4], DataType::Float64, |columns| {
            let column = |i: usize| columns[i].as_primitive::<Float64Type>().values();
            let (lat1, lon1, lat2, lon2) = (column(0), column(1), column(2), column(3));
            let rows = lat1.iter().zip(lon1).zip(lat2).zip(lon2);
            let distances = rows.map(|(((lat1, lon1), lat2), lon2)| {
                reference::haversine(*lat1, *lon1, *lat2, *lon2)
            });
            Ok(Arc::new(Float64Array::from_iter_values(distances)))
        }),
        "upper" => (vec![DataType::Utf8View], DataType::Utf8, |columns| {
            let mut text = Text::new();
            strings(&columns[0], |value, out| {
                text.clear();
                reference::upper(value, &mut text);
                out.append_value(text.as_str());
            })
        }),
        "sub_str" => (
            vec![DataType::Utf8, DataType::Int64, DataType::Int64],
            DataType::Utf8,
            |columns| {
                let from = columns[1].as_primitive::<Int64Type>();
                let length = columns[2].as_primitive::<Int64Type>();
                let mut row = 0;
                strings(&columns[0], |value, out| {
                    out.append_value(reference::sub_str(
                        value,
                        from.value(row),
                        length.value(row),
                    ));
                    row += 1;
                })
            },
        ),
        "json_lower" => (vec![DataType::Utf8], DataType::Utf8, |columns| {
            strings(&columns[0], |value, out| {
                out.append_value(reference::json_lower(value).expect("valid JSON"));
            })
        }),
        other => unreachable!("no native twin of {other}"),
    };
    // `upper` takes both layouts of text, as the sandboxed one does.
    let signature = if name == "upper" {
        Signature::uniform(
            1,
            vec![DataType::Utf8View, DataType::Utf8],
            Volatility::Immutable,
        )
    } else {
        Signature::exact(arguments, Volatility::Immutable)
    };
    ScalarUDF::new_from_impl(Native {
        name,
        signature,
        result,
        body,
    })
}

fn strings(column: &ArrayRef, mut row: impl FnMut(&str, &mut StringBuilder)) -> Result<ArrayRef> {
    let bytes = column.get_buffer_memory_size();
    let mut out = StringBuilder::with_capacity(column.len(), bytes);
    if let Some(column) = column.as_string_view_opt() {
        column
            .iter()
            .flatten()
            .for_each(|value| row(value, &mut out));
    } else {
        let column: &StringArray = column.as_string();
        column
            .iter()
            .flatten()
            .for_each(|value| row(value, &mut out));
    }
    Ok(Arc::new(out.finish()))
}

impl ScalarUDFImpl for Native {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.result.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        (self.body)(&columns).map(ColumnarValue::Array)
    }
}

impl PartialEq for Native {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Native {}

impl std::hash::Hash for Native {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
