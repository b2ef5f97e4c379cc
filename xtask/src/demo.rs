//! stub
use clap::Args;
/// Demo.
#[derive(Args)]
pub(crate) struct Arguments {}
pub(crate) fn execute(
    _: &crate::workspace::Workspace,
    _: &Arguments,
) -> Result<(), crate::failure::Failure> {
    Ok(())
}
