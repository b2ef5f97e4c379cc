//! Interpreters that begin.

use std::time::Instant;

use super::{Outcome, components::Components};
use crate::{
    functions::CASES,
    record::Record,
    sandboxed::{Call, scope},
    timing::median,
};

/// Turns that are counted.
const TURNS: usize = 15;

pub(super) fn measure(components: &Components) -> Outcome<Vec<Record>> {
    let loads: Outcome<Vec<f64>> = (0..TURNS).map(|_| components.load()).collect();
    let load = median(loads?.into_iter()) * 1000.0;
    let each = instance(components)? * 1000.0;
    Ok(vec![
        Record::new("a new instance, until it is called", each, "ms").at_most(5.0),
        Record::new("loading what was compiled before", load, "ms").at_most(50.0),
    ])
}

/// Seconds that the first call of a query takes more than its second one.
fn instance(components: &Components) -> Outcome<f64> {
    let case = CASES.iter().find(|case| case.name == "add_one");
    let arguments = (case.ok_or("there is no add_one")?.arguments)(1);
    let function = components.scalar("add_one")?;
    let turn = || -> Outcome<f64> {
        let scope = scope(2);
        let call = Call::new(function.clone(), &arguments, Some(&scope))?;
        let time = || {
            let began = Instant::now();
            drop(call.run());
            began.elapsed().as_secs_f64()
        };
        Ok(time() - time())
    };
    turn()?;
    let turns: Outcome<Vec<f64>> = (0..TURNS).map(|_| turn()).collect();
    Ok(median(turns?.into_iter()))
}
