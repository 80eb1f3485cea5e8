//! OpenSSH's server: root logins, passwords, the protocol of before 2006.
//!
//! sshd_config(5). The first value of a keyword wins there; here every one that is written is a fact. Defaults that are not written are not: a
//! file that says nothing about `PasswordAuthentication` allows it.

use super::{Settings, is_on, without_comment};
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::SettingKind,
};

pub(crate) const SSHD: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/sshd",
        version: 1,
        claims: &[Pattern::Name("sshd_config"), Pattern::Below("etc/ssh/sshd_config.d", "")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "sshd", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once([' ', '\t', '=']) else { continue };
        let value = value.trim_matches([' ', '\t', '=', '"']);
        match name.to_ascii_lowercase().as_str() {
            "permitrootlogin" if !value.eq_ignore_ascii_case("no") => settings.add(number, SettingKind::SshLogin, line),
            "passwordauthentication" if is_on(value) => settings.add(number, SettingKind::SshLogin, line),
            "permitemptypasswords" if is_on(value) => settings.add(number, SettingKind::NoAuth, line),
            "protocol" if value.split(',').any(|version| version.trim() == "1") => settings.add(number, SettingKind::SshLogin, line),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn what_it_says() {
        let text = b"#PermitRootLogin yes\nPermitRootLogin yes\npasswordauthentication=yes\nPermitEmptyPasswords yes\nProtocol 2,1\nPermitRootLogin no\nPermitRootLogin prohibit-password\n";
        check(
            &SSHD,
            "etc/ssh/sshd_config",
            text,
            "sshd SshLogin `PermitRootLogin yes` @2
             sshd SshLogin `passwordauthentication=yes` @3
             sshd NoAuth `PermitEmptyPasswords yes` @4
             sshd SshLogin `Protocol 2,1` @5
             sshd SshLogin `PermitRootLogin prohibit-password` @7",
        );
        robust(&SSHD, "etc/ssh/sshd_config", text);
    }
}
