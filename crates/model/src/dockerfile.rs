//! A Dockerfile as BuildKit reads it.
//!
//! <https://docs.docker.com/reference/dockerfile/>

use crate::place::Lines;

/// A whole Dockerfile.
#[derive(Debug, Clone, Default)]
pub struct Dockerfile {
    /// The `# syntax=` directive.
    pub syntax: Option<String>,
    /// `ARG` instructions before the first `FROM`.
    pub global_args: Vec<Instruction>,
    pub stages: Vec<Stage>,
}

/// One `FROM` and what follows it.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The name after `AS`, as written.
    pub name: Option<String>,
    /// The base after expansion of global arguments; what cannot be expanded stays as `${NAME}`.
    pub image: String,
    /// `--platform`.
    pub platform: Option<String>,
    /// The earlier stage that `image` names.
    pub parent: Option<usize>,
    /// Lines of the `FROM` instruction.
    pub lines: Lines,
    /// `FROM …` as written.
    pub original: String,
    /// Everything after `FROM`.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// Upper case: `RUN`, `COPY` … For `ONBUILD RUN x` it is `RUN` and `onbuild` is set. Unknown words are kept.
    pub keyword: String,
    pub onbuild: bool,
    pub flags: Vec<Flag>,
    /// Exec form: the array. Shell form of `RUN`, `CMD`, `ENTRYPOINT`, `HEALTHCHECK CMD`: one item, the command with
    /// continuations joined, comments removed and here-document bodies appended. Otherwise the words after expansion of variables;
    /// for `ENV`, `ARG` and `LABEL` see `pairs`.
    pub value: Vec<String>,
    /// Whether `value` was written in exec (JSON) form.
    pub json: bool,
    /// `ENV`, `ARG` and `LABEL`: names and expanded values.
    pub pairs: Vec<(String, Option<String>)>,
    pub heredocs: Vec<Heredoc>,
    pub lines: Lines,
    /// The instruction as written, continuations joined, without trailing comment lines.
    pub original: String,
}

/// `--name=value` or `--name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    pub name: String,
    pub value: Option<String>,
}

/// `<<EOF … EOF`.
#[derive(Debug, Clone)]
pub struct Heredoc {
    pub name: String,
    pub content: String,
    /// False when the delimiter was quoted.
    pub expand: bool,
    pub lines: Lines,
}

impl Instruction {
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// The value as one string, for shell commands.
    pub fn command(&self) -> String {
        self.value.join(" ")
    }
}

impl Dockerfile {
    /// The stage that a plain `docker build` produces.
    pub fn final_stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The final stage and the stages it is built on (`FROM other-stage`), nearest first. Ends at a stage whose base is an image.
    pub fn final_chain(&self) -> Vec<&Stage> {
        let mut chain = Vec::new();
        let mut at = self.stages.len().checked_sub(1);
        while let Some(stage) = at.and_then(|index| self.stages.get(index)) {
            chain.push(stage);
            // A parent always comes earlier, so the walk ends.
            at = stage.parent.filter(|parent| Some(*parent) < at);
        }
        chain
    }
}
