use clap::ValueEnum;

/// A language that functions are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Rust
    Rust,
    /// Python
    Python,
    /// JavaScript
    Js,
    /// TypeScript
    Ts,
    /// C, or C++
    C,
    /// Go
    Go,
}

impl From<Language> for arrowbox_build::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Rust => Self::Rust,
            Language::Python => Self::Python,
            Language::Js | Language::Ts => Self::JavaScript,
            Language::C => Self::C,
            Language::Go => Self::Go,
        }
    }
}
