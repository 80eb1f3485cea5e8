//! Commands: code that is fetched and run, installations without verification, connections without it, debuggers.

use crate::{secrets::mask_text, text::snippet};
use probity_model::{
    Facts, Place,
    facts::{Trace, TraceKind},
};
use regex::Regex;
use std::sync::LazyLock;

struct Rule {
    kind: TraceKind,
    pattern: &'static str,
}

/// What to look for. The patterns have no unbounded repetition across separators of commands, so each looks at one command.
const RULES: &[Rule] = &[
    // Fetched and run, in the ways a shell can say it.
    Rule {
        kind: TraceKind::UnverifiedInstall,
        pattern: r"\b(?:curl|wget|fetch)\b[^|;&\n]{0,400}\|\s*(?:sudo\s+(?:-\S+\s+)*|env\s+|exec\s+)?(?:/\S*/)?(?:ba|z|da|a|k|c)?(?:sh|python[0-9.]*|perl|ruby|node|php)\b",
    },
    Rule {
        kind: TraceKind::UnverifiedInstall,
        pattern: r#"(?:\bsh\s+-\w*c|\bbash\s+-\w*c|\beval)\s+["']?(?:\$\(|`)\s*(?:curl|wget)\b[^;\n]{0,200}"#,
    },
    Rule { kind: TraceKind::UnverifiedInstall, pattern: r"(?:\b(?:bash|sh|zsh|source)|\.)\s+<\(\s*(?:curl|wget)\b[^;\n]{0,200}" },
    Rule {
        kind: TraceKind::UnverifiedInstall,
        pattern: r"(?i)\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b[^;\n]{0,300}\|\s*(?:iex|invoke-expression)\b",
    },
    // Packages whose signature is not looked at.
    Rule {
        kind: TraceKind::UnverifiedInstall,
        pattern: r"--allow-unauthenticated\b|--allow-insecure-repositories\b|--force-yes\b|(?i:AllowUnauthenticated|AllowInsecureRepositories)\W{1,4}(?:true|1)|\[[^\]\n]{0,80}(?:trusted|allow-insecure)=yes[^\]\n]{0,80}\]",
    },
    Rule {
        kind: TraceKind::UnverifiedInstall,
        pattern: r"--nogpgcheck\b|--no-gpg-checks?\b|--no-gpgcheck\b|\bgpgcheck\s*=\s*(?:0|no|false)\b|--setopt=\S*gpgcheck=(?:0|no|false)|\brpm\b[^;&\n]{0,200}--no(?:signature|digest|verify)\b",
    },
    Rule {
        kind: TraceKind::UnverifiedInstall,
        pattern: r"--allow-untrusted\b|--no-signature-check\b|--skip-pgp-check\b|\bapt-key\s+(?:adv|add)\b[^;&\n]{0,120}",
    },
    // Connections that accept any certificate.
    Rule {
        kind: TraceKind::TlsVerifyOff,
        pattern: r"\bcurl\b(?:\s+[^;&|\n]{0,300})?\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure|--proxy-insecure)(?:\s|$)",
    },
    Rule { kind: TraceKind::TlsVerifyOff, pattern: r"\bwget\b[^;&|\n]{0,300}--no-check-certificate\b" },
    Rule {
        kind: TraceKind::TlsVerifyOff,
        pattern: r"--trusted-host[=\s]\S+|\bstrict-ssl[=\s]+false\b|\bsslverify\s*=\s*(?:0|no|false)\b|(?i:sslVerify)[=\s]+(?:0|false)\b|\bssl_verify[:=\s]+(?:false|no)\b|\bcomposer\b[^;&\n]{0,100}\bdisable-tls\s+true|Verify-Peer\W{1,4}false",
    },
    Rule {
        kind: TraceKind::TlsVerifyOff,
        pattern: r#"\b(?:NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY)\s*[=\s]\s*["']?0\b|\bGIT_SSL_NO_VERIFY\s*[=\s]\s*["']?(?:1|true)\b|\bGONOSUMDB=\*|\bGOINSECURE=\S+|\bGOFLAGS=\S*-insecure|\bHTTPLIB2_DISABLE_SSL\S*"#,
    },
];

static COMPILED: LazyLock<Vec<(TraceKind, Regex)>> = LazyLock::new(|| {
    RULES.iter().map(|rule| (rule.kind, Regex::new(rule.pattern).expect("the pattern is a constant that the tests run"))).collect()
});

/// More traces of one command than this say nothing new.
const MAX_PER_COMMAND: usize = 20;

pub(super) fn unverified(text: &str, at: &Place, out: &mut Facts) {
    for (kind, regex) in &*COMPILED {
        for found in regex.find_iter(text).take(MAX_PER_COMMAND) {
            let what = snippet(&mask_text(found.as_str().trim()), 120);
            out.traces.push(Trace { kind: *kind, what, at: at.clone() });
        }
    }
}

static DEBUG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:^|\s)(?:--debug(?:=true)?|--inspect(?:-brk)?(?:=\S+)?|-agentlib:jdwp\S*|-Xrunjdwp\S*|-Xdebug|-m\s+(?:pdb|debugpy|ptvsd)|dlv\s+(?:debug|exec|--listen)\S*|werkzeug\S*debug\S*)(?:\s|$)|\bruntime\.debug\b|\bmanage\.py\s+runserver\b|\bflask\s+run\b[^;&\n]{0,80}--debug|\buvicorn\b[^;&\n]{0,200}--reload\b|\bnodemon\b",
    )
    .expect("the pattern is a constant that the tests run")
});

/// Debuggers and development servers in the command that the container runs.
pub(super) fn debug(command: &str, at: &Place, out: &mut Facts) {
    if let Some(found) = DEBUG.find(command) {
        out.traces.push(Trace { kind: TraceKind::DebugFlag, what: snippet(&mask_text(found.as_str().trim()), 120), at: at.clone() });
    }
}
