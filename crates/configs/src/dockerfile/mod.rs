//! A Dockerfile as BuildKit reads it.
//!
//! <https://docs.docker.com/reference/dockerfile/>
//!
//! Odd but so: a comment may stand between continued lines and so may empty lines; an exec form that is no valid JSON array of strings is a
//! shell command; names of stages ignore case; an argument in front of the first `FROM` is seen by `FROM` lines and by stages that name it
//! again. What the file does not determine (`--build-arg`, the environment of the base image) stays as it is written. A frontend named by
//! `# syntax=` that is not Docker's own may read the file differently; it is read as if it were.

mod words;

use crate::{Limits, Parsed, ignores, json, template, text};
use probity_model::{
    Capability, Diagnostic, InputKind, Lines, Reason,
    dockerfile::{Dockerfile, Flag, Heredoc, Instruction, Stage},
    document::{Document, SourceFile},
};
use std::collections::HashMap;
use words::{Budget, Variables};

pub(crate) fn parse(path: &str, bytes: &[u8], limits: &Limits) -> Parsed {
    let mut parsed = Parsed::default();
    let text = match text::decode_lossy(bytes) {
        Ok(text) => text,
        Err(error) => {
            parsed.diagnostics.push(lost(Reason::AnalyzerFailed, error.message).on(Lines::one(error.line), None));
            return parsed;
        }
    };
    let source = Source::read(&text, limits);
    let mut assembly = Assembly::new(&source, limits, text.len());
    for statement in &source.statements {
        assembly.add(statement);
    }
    let Assembly { dockerfile, mut problems, budget, .. } = assembly;
    problems.extend(source.problems);
    if let Some((_, problem)) = problems.iter().find(|(_, problem)| matches!(problem, Problem::Unknown(_) | Problem::NoStage(_)))
        && template::first_line(&text).is_some()
    {
        let message = format!("is a template that is not rendered ({})", problem.message());
        parsed.diagnostics.push(
            lost(Reason::AnalyzerFailed, message)
                .on(Lines::one(template::first_line(&text).unwrap_or(1)), None)
                .hint("render it and scan the output"),
        );
        return parsed;
    }
    if dockerfile.stages.is_empty() && !is_named_exactly(path) && !source.statements.iter().any(Statement::is_instruction) {
        // `dockerfile.txt` with a licence in it.
        parsed.diagnostics.push(Diagnostic::note(Reason::TargetKindMissing, "has the name of a Dockerfile and no instruction of one"));
        return parsed;
    }
    if dockerfile.stages.is_empty() {
        parsed.diagnostics.push(
            lost(Reason::AnalyzerFailed, "has no `FROM` instruction")
                .hint("exclude the file with `--skip-files` if it is not a Dockerfile"),
        );
    }
    problems.sort_by_key(|(line, _)| *line);
    report(problems, &mut parsed.diagnostics);
    if budget.exceeded {
        parsed.diagnostics.push(lost(Reason::SubjectTruncated, "variables expand to too much; they were left as they are written"));
    }
    if dockerfile.stages.is_empty() {
        return parsed;
    }
    let instructions: Vec<Lines> = source.statements.iter().map(|statement| statement.lines).collect();
    let ignores = ignores::of_dockerfile(&source.comments, &instructions, &mut parsed.diagnostics);
    parsed.file = Some(SourceFile { path: path.into(), text: (&*text).into(), documents: vec![Document::Dockerfile(dockerfile)], ignores });
    parsed
}

/// `Dockerfile` and `Containerfile`, with nothing added.
fn is_named_exactly(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.eq_ignore_ascii_case("dockerfile") || name.eq_ignore_ascii_case("containerfile")
}

fn lost(reason: Reason, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(reason, message).affecting([Capability::Documents(InputKind::Dockerfile)])
}

/// Something that makes BuildKit refuse the file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Unknown(String),
    NoStage(String),
    Heredoc(String),
    Arguments(String),
    Directive(String),
    TooMany(usize),
}

impl Problem {
    fn message(&self) -> String {
        match self {
            Self::Unknown(keyword) => format!("unknown instruction `{keyword}`"),
            Self::NoStage(keyword) => format!("`{keyword}` stands before the first `FROM`"),
            Self::Heredoc(name) => format!("the here-document `{name}` does not end"),
            Self::Arguments(keyword) => format!("`{keyword}` has arguments that it does not take"),
            Self::Directive(name) => format!("the directive `{name}` is given twice or has no valid value"),
            Self::TooMany(limit) => format!("more than {limit} instructions; the rest was not read"),
        }
    }
}

/// One diagnostic for each sort of problem: a file that is no Dockerfile has one on every line.
fn report(problems: Vec<(u32, Problem)>, diagnostics: &mut Vec<Diagnostic>) {
    let mut sorts: Vec<(u32, Problem, usize)> = Vec::new();
    for (line, problem) in problems {
        let sort = std::mem::discriminant(&problem);
        match sorts.iter_mut().find(|(_, other, _)| std::mem::discriminant(other) == sort) {
            Some((.., more)) => *more += 1,
            None => sorts.push((line, problem, 0)),
        }
    }
    for (line, problem, more) in sorts {
        let mut message = problem.message();
        if more > 0 {
            message = format!("{message}, and {more} more of the sort");
        }
        let reason = if matches!(problem, Problem::TooMany(_)) { Reason::SubjectTruncated } else { Reason::AnalyzerFailed };
        diagnostics.push(lost(reason, message).on(Lines::one(line), None));
    }
}

/// The statements of a file: lines joined, here-documents attached.
struct Source<'t> {
    escape: char,
    syntax: Option<String>,
    statements: Vec<Statement>,
    /// Line and text without `#`.
    comments: Vec<(u32, &'t str)>,
    problems: Vec<(u32, Problem)>,
}

struct Statement {
    /// Continuations joined.
    line: String,
    heredocs: Vec<Heredoc>,
    lines: Lines,
}

impl Statement {
    fn is_instruction(&self) -> bool {
        is_known(&split_keyword(&self.line).0.to_ascii_uppercase())
    }
}

impl<'t> Source<'t> {
    fn read(text: &'t str, limits: &Limits) -> Self {
        let mut source = Self { escape: '\\', syntax: None, statements: Vec::new(), comments: Vec::new(), problems: Vec::new() };
        let mut lines = (1u32..).zip(text.split_inclusive('\n')).map(|(number, raw)| Line { number, raw });
        let mut directives: Option<Vec<String>> = Some(Vec::new());
        while let Some(line) = lines.next() {
            let content = line.content().trim_start();
            if let Some(comment) = content.strip_prefix('#') {
                source.comments.push((line.number, comment));
                if let Some(seen) = &mut directives
                    && !source.directive(comment, line.number, seen)
                {
                    directives = None;
                }
                continue;
            }
            directives = None;
            let (mut joined, mut continued) = source.trim_continuation(content);
            let mut end = line.number;
            let mut statement = joined.to_owned();
            if joined.trim().is_empty() && !continued {
                continue;
            }
            while continued {
                let Some(line) = lines.next() else { break };
                let content = line.content();
                let trimmed = content.trim_start();
                if let Some(comment) = trimmed.strip_prefix('#') {
                    source.comments.push((line.number, comment));
                    continue;
                }
                if trimmed.is_empty() {
                    continue;
                }
                (joined, continued) = source.trim_continuation(content);
                statement.push_str(joined);
                end = line.number;
            }
            if statement.trim().is_empty() {
                continue;
            }
            if source.statements.len() >= limits.max_nodes {
                source.problems.push((line.number, Problem::TooMany(limits.max_nodes)));
                break;
            }
            let heredocs = source.heredocs(&statement, line.number, &mut lines);
            let end = heredocs.last().map_or(end, |heredoc| heredoc.lines.end);
            source.statements.push(Statement { line: statement, heredocs, lines: Lines::new(line.number, end) });
        }
        source
    }

    /// `# name=value` at the top. False ends the directives.
    fn directive(&mut self, comment: &str, line: u32, seen: &mut Vec<String>) -> bool {
        let Some((name, value)) = comment.split_once('=') else { return false };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if !matches!(name.as_str(), "syntax" | "escape" | "check") || value.is_empty() {
            return false;
        }
        if seen.contains(&name) {
            self.problems.push((line, Problem::Directive(name)));
            return true;
        }
        match name.as_str() {
            "syntax" => self.syntax = Some(value.to_owned()),
            "escape" => match value {
                "`" => self.escape = '`',
                "\\" => self.escape = '\\',
                _ => self.problems.push((line, Problem::Directive(name.clone()))),
            },
            _ => {}
        }
        seen.push(name);
        true
    }

    /// The line without its continuation character, and whether it had one. Two of them are an escaped one.
    fn trim_continuation<'l>(&self, line: &'l str) -> (&'l str, bool) {
        let trimmed = line.trim_end_matches([' ', '\t']);
        match trimmed.strip_suffix(self.escape) {
            Some(before) if !before.ends_with(self.escape) => (before, true),
            _ => (line, false),
        }
    }

    fn heredocs(&mut self, statement: &str, start: u32, lines: &mut impl Iterator<Item = Line<'t>>) -> Vec<Heredoc> {
        let mut heredocs = Vec::new();
        if !statement.contains("<<") || !takes_heredocs(statement) {
            return heredocs;
        }
        let opened: Vec<Opener> = words::split(statement, self.escape).into_iter().filter_map(|word| opener(word, self.escape)).collect();
        for Opener { name, strip_tabs, expand } in opened {
            let mut content = String::new();
            let mut first = None;
            let mut last = start;
            let mut ended = false;
            for line in lines.by_ref() {
                first.get_or_insert(line.number);
                last = line.number;
                let raw = if strip_tabs { line.raw.trim_start_matches('\t') } else { line.raw };
                if raw.trim_end_matches(['\r', '\n']) == name {
                    ended = true;
                    break;
                }
                content.push_str(raw);
            }
            if !ended {
                self.problems.push((start, Problem::Heredoc(name.clone())));
            }
            heredocs.push(Heredoc { name, content, expand, lines: Lines::new(first.unwrap_or(last), last) });
        }
        heredocs
    }
}

#[derive(Clone, Copy)]
struct Line<'t> {
    number: u32,
    raw: &'t str,
}

impl<'t> Line<'t> {
    fn content(self) -> &'t str {
        self.raw.trim_end_matches(['\r', '\n'])
    }
}

fn split_keyword(line: &str) -> (&str, &str) {
    let line = line.trim();
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (keyword, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    (keyword, rest.trim_start())
}

fn takes_heredocs(statement: &str) -> bool {
    let (mut keyword, rest) = split_keyword(statement);
    if keyword.eq_ignore_ascii_case("ONBUILD") {
        keyword = split_keyword(rest).0;
    }
    ["RUN", "COPY", "ADD"].iter().any(|takes| keyword.eq_ignore_ascii_case(takes))
}

struct Opener {
    name: String,
    strip_tabs: bool,
    expand: bool,
}

/// `<<EOF`, `<<-EOF`, `3<<"EOF"`: a word of its own.
fn opener(word: &str, escape: char) -> Option<Opener> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (strip_tabs, delimiter) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    if delimiter.is_empty() || delimiter.contains('<') {
        return None;
    }
    let name: String = delimiter.chars().filter(|c| !matches!(c, '"' | '\'') && *c != escape).collect();
    (!name.is_empty()).then(|| Opener { expand: name == delimiter, name, strip_tabs })
}

/// Turns statements into stages.
struct Assembly {
    escape: char,
    dockerfile: Dockerfile,
    globals: Variables,
    /// Of the current stage.
    variables: Variables,
    /// Of finished stages, for those built on them.
    environments: Vec<HashMap<String, String>>,
    /// Stages by lower-case name; the last one of a name wins.
    names: HashMap<String, usize>,
    problems: Vec<(u32, Problem)>,
    budget: Budget,
}

impl Assembly {
    fn new(source: &Source<'_>, limits: &Limits, bytes: usize) -> Self {
        Self {
            escape: source.escape,
            dockerfile: Dockerfile { syntax: source.syntax.clone(), ..Dockerfile::default() },
            globals: Variables::default(),
            variables: Variables::default(),
            environments: Vec::new(),
            names: HashMap::new(),
            problems: Vec::new(),
            budget: Budget { total: (1 << 20) + bytes.saturating_mul(4), word: limits.max_expanded_bytes, exceeded: false },
        }
    }

    fn add(&mut self, statement: &Statement) {
        let (keyword, _) = split_keyword(&statement.line);
        let keyword = keyword.to_ascii_uppercase();
        if keyword == "FROM" {
            self.from(statement);
            return;
        }
        if self.dockerfile.stages.is_empty() {
            if keyword == "ARG" {
                std::mem::swap(&mut self.globals, &mut self.variables);
                let instruction = self.instruction(&statement.line, statement, false);
                std::mem::swap(&mut self.globals, &mut self.variables);
                self.dockerfile.global_args.push(instruction);
            } else {
                let problem = if is_known(&keyword) { Problem::NoStage(keyword) } else { Problem::Unknown(shown(&keyword)) };
                self.problems.push((statement.lines.start, problem));
            }
            return;
        }
        if !is_known(&keyword) {
            self.problems.push((statement.lines.start, Problem::Unknown(shown(&keyword))));
        }
        let instruction = self.instruction(&statement.line, statement, false);
        if let Some(stage) = self.dockerfile.stages.last_mut() {
            stage.instructions.push(instruction);
        }
    }

    fn from(&mut self, statement: &Statement) {
        let (_, rest) = split_keyword(&statement.line);
        std::mem::swap(&mut self.globals, &mut self.variables);
        let (flags, rest) = self.flags(rest, true);
        std::mem::swap(&mut self.globals, &mut self.variables);
        let words: Vec<&str> = rest.split_whitespace().collect();
        let (base, name) = match words.as_slice() {
            [base] => (*base, None),
            [base, word, name] if word.eq_ignore_ascii_case("AS") => (*base, Some((*name).to_owned())),
            _ => {
                self.problems.push((statement.lines.start, Problem::Arguments("FROM".into())));
                (words.first().copied().unwrap_or_default(), None)
            }
        };
        if let Some(environment) = self.finish_stage() {
            self.environments.push(environment);
        }
        let image = words::expand(base, self.escape, &self.globals, &mut self.budget);
        let parent = self.names.get(&image.to_ascii_lowercase()).copied();
        let platform = flags.into_iter().find(|flag| flag.name == "platform").and_then(|flag| flag.value);
        self.variables = Variables::default();
        if let Some(environment) = parent.and_then(|parent| self.environments.get(parent)) {
            let size: usize = environment.iter().map(|(name, value)| name.len() + value.len() + 16).sum();
            if let Some(rest) = self.budget.total.checked_sub(size) {
                self.budget.total = rest;
                self.variables.environment = environment.clone();
            } else {
                self.budget.exceeded = true;
            }
        }
        if let Some(name) = &name {
            self.names.insert(name.to_ascii_lowercase(), self.dockerfile.stages.len());
        }
        self.dockerfile.stages.push(Stage {
            name,
            image,
            platform,
            parent,
            lines: statement.lines,
            original: statement.line.trim().to_owned(),
            instructions: Vec::new(),
        });
    }

    /// The environment that the current stage ends with, if there is one.
    fn finish_stage(&mut self) -> Option<HashMap<String, String>> {
        (!self.dockerfile.stages.is_empty()).then(|| std::mem::take(&mut self.variables.environment))
    }

    fn expand(&mut self, word: &str) -> String {
        words::expand(word, self.escape, &self.variables, &mut self.budget)
    }

    fn instruction(&mut self, line: &str, statement: &Statement, onbuild: bool) -> Instruction {
        let (keyword, rest) = split_keyword(line);
        let keyword = keyword.to_ascii_uppercase();
        if keyword == "ONBUILD" && !onbuild && !rest.is_empty() {
            return self.instruction(rest, statement, true);
        }
        let (flags, rest) = self.flags(rest, keyword != "HEALTHCHECK");
        let mut instruction = Instruction {
            keyword,
            onbuild,
            flags,
            value: Vec::new(),
            json: false,
            pairs: Vec::new(),
            heredocs: statement.heredocs.clone(),
            lines: statement.lines,
            original: statement.line.trim().to_owned(),
        };
        self.arguments(rest, &mut instruction);
        if instruction.value.is_empty() && !instruction.json && is_known(&instruction.keyword) {
            self.problems.push((statement.lines.start, Problem::Arguments(instruction.keyword.clone())));
        }
        instruction
    }

    fn arguments(&mut self, rest: &str, instruction: &mut Instruction) {
        match instruction.keyword.as_str() {
            "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" => command(rest, instruction),
            "HEALTHCHECK" => {
                let (kind, rest) = split_keyword(rest);
                if kind.eq_ignore_ascii_case("NONE") {
                    instruction.value = vec!["NONE".into()];
                } else if kind.eq_ignore_ascii_case("CMD") {
                    command(rest, instruction);
                }
            }
            "ADD" | "COPY" | "VOLUME" => {
                let words = match json::string_array(rest) {
                    Some(words) => {
                        instruction.json = true;
                        words
                    }
                    None => rest.split_whitespace().map(str::to_owned).collect(),
                };
                instruction.value = words.iter().map(|word| self.expand(word)).collect();
            }
            "EXPOSE" => {
                for word in rest.split_whitespace() {
                    let expanded = self.expand(word);
                    instruction.value.extend(expanded.split_whitespace().map(str::to_owned));
                }
            }
            "ENV" | "LABEL" => self.pairs(rest, instruction),
            "ARG" => self.declare(rest, instruction),
            "USER" | "WORKDIR" | "STOPSIGNAL" if !rest.is_empty() => instruction.value = vec![self.expand(rest.trim_end())],
            "MAINTAINER" if !rest.is_empty() => instruction.value = vec![rest.trim_end().to_owned()],
            _ => instruction.value = rest.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// `ENV` and `LABEL`: `name=value …`, or `name value` to the end of the line.
    fn pairs(&mut self, rest: &str, instruction: &mut Instruction) {
        let words = words::split(rest, self.escape);
        let mut pairs = Vec::new();
        if words.first().is_some_and(|word| !word.contains('=')) {
            let (name, value) = split_keyword(rest);
            pairs.push((self.expand(name), (!value.is_empty()).then(|| self.expand(value))));
        } else {
            for word in words {
                let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
                pairs.push((self.expand(name), value.map(|value| self.expand(value))));
            }
        }
        if pairs.iter().any(|(name, value)| name.is_empty() || value.is_none()) {
            self.problems.push((instruction.lines.start, Problem::Arguments(instruction.keyword.clone())));
        }
        if instruction.keyword == "ENV" && !instruction.onbuild {
            // The values of one instruction do not see each other.
            for (name, value) in &pairs {
                match value {
                    Some(value) if self.fits(name, value) => {
                        self.variables.environment.insert(name.clone(), value.clone());
                    }
                    _ => {
                        self.variables.environment.remove(name);
                    }
                }
            }
        }
        instruction.value = pairs.iter().map(shown_pair).collect();
        instruction.pairs = pairs;
    }

    /// `ARG`. In a stage, a name without a default takes the one given before the first `FROM`.
    fn declare(&mut self, rest: &str, instruction: &mut Instruction) {
        for word in words::split(rest, self.escape) {
            let (name, default) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let name = self.expand(name);
            let value = default.map(|value| self.expand(value));
            let known = value.clone().or_else(|| self.globals.arguments.get(&name).cloned());
            if !instruction.onbuild {
                match known {
                    Some(known) if self.fits(&name, &known) => {
                        self.variables.arguments.insert(name.clone(), known);
                    }
                    _ => {
                        self.variables.arguments.remove(&name);
                    }
                }
            }
            instruction.pairs.push((name, value));
        }
        instruction.value = instruction.pairs.iter().map(shown_pair).collect();
    }

    /// Whether a value may be kept for later expansion.
    fn fits(&mut self, name: &str, value: &str) -> bool {
        let rest = self.budget.total.checked_sub(name.len() + value.len());
        self.budget.exceeded |= rest.is_none();
        self.budget.total = rest.unwrap_or(self.budget.total);
        rest.is_some()
    }

    /// `--name=value` words in front, and what follows them.
    fn flags<'r>(&mut self, line: &'r str, expand: bool) -> (Vec<Flag>, &'r str) {
        let mut flags = Vec::new();
        let mut rest = line.trim_start();
        while rest.starts_with("--") {
            let end = words::first_end(rest, self.escape);
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after.trim_start();
            if word == "--" {
                break;
            }
            let body = word.get(2..).unwrap_or_default();
            let (name, value) = body.split_once('=').map_or((body, None), |(name, value)| (name, Some(value)));
            let value = value.map(|value| if expand { self.expand(value) } else { value.to_owned() });
            flags.push(Flag { name: name.to_owned(), value });
        }
        (flags, rest)
    }
}

/// Exec form or shell form.
fn command(rest: &str, instruction: &mut Instruction) {
    if let Some(words) = json::string_array(rest) {
        instruction.json = true;
        instruction.value = words;
        return;
    }
    let mut command = rest.trim_end().to_owned();
    for heredoc in &instruction.heredocs {
        command.push('\n');
        command.push_str(&heredoc.content);
    }
    if !command.is_empty() {
        instruction.value = vec![command];
    }
}

fn shown_pair((name, value): &(String, Option<String>)) -> String {
    value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}"))
}

/// A word for a message: files that are no Dockerfiles have long ones.
fn shown(word: &str) -> String {
    if word.chars().count() > 32 { word.chars().take(32).chain(['…']).collect() } else { word.to_owned() }
}

fn is_known(keyword: &str) -> bool {
    matches!(
        keyword,
        "ADD"
            | "ARG"
            | "CMD"
            | "COPY"
            | "ENTRYPOINT"
            | "ENV"
            | "EXPOSE"
            | "FROM"
            | "HEALTHCHECK"
            | "LABEL"
            | "MAINTAINER"
            | "ONBUILD"
            | "RUN"
            | "SHELL"
            | "STOPSIGNAL"
            | "USER"
            | "VOLUME"
            | "WORKDIR"
    )
}
