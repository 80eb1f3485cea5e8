//! Dependency lists of deployed applications, in folders and in single files.

use super::*;
use crate::testing::{check, robust};

const SAMPLE: &str = r#"{
  "runtimeTarget": { "name": ".NETCoreApp,Version=v8.0/linux-x64", "signature": "" },
  "targets": {
    ".NETCoreApp,Version=v8.0": {},
    ".NETCoreApp,Version=v8.0/linux-x64": {
      "App/1.0.0": {
        "dependencies": { "Acme.Json": "13.0.3", "Lib": "1.0.0", "Build.Only": "1.0.0", "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64": "8.0.1" },
        "runtime": { "App.dll": {} }
      },
      "Acme.Json/13.0.3": { "dependencies": { "Acme.Core": "1.0.0" }, "runtime": { "lib/net6.0/Acme.Json.dll": {} } },
      "Acme.Core/1.0.0": { "runtime": { "lib/net6.0/Acme.Core.dll": {} } },
      "Build.Only/1.0.0": {},
      "Lib/1.0.0": { "runtime": { "Lib.dll": {} } },
      "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": { "runtime": { "System.Private.CoreLib.dll": {} } }
    }
  },
  "libraries": {
    "App/1.0.0": { "type": "project", "serviceable": false },
    "Acme.Json/13.0.3": {
      "type": "package",
      "serviceable": true
    },
    "Acme.Core/1.0.0": { "type": "package" },
    "Build.Only/1.0.0": { "type": "package" },
    "Lib/1.0.0": { "type": "project" },
    "Some.Reference/1.0.0": { "type": "reference" },
    "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": { "type": "runtimepack" }
  }
}"#;

const EXPECTED: &str = "nuget Acme.Core 1.0.0 - @23 indirect
     nuget Acme.Json 13.0.3 - @19 direct -> Acme.Core/1.0.0
     nuget App 1.0.0 - @18 root -> Acme.Json/13.0.3, Lib/1.0.0, Microsoft.NETCore.App.Runtime.linux-x64/8.0.1
     nuget Lib 1.0.0 - @25 workspace
     nuget Microsoft.NETCore.App.Runtime.linux-x64 8.0.1 - @27 direct
     manifest dotnet/deps - -";

#[test]
fn an_application_with_its_run_time() {
    check(&DEPS, "app/App.deps.json", SAMPLE.as_bytes(), EXPECTED);
    robust(&DEPS, "App.deps.json", SAMPLE.as_bytes());
}

#[test]
fn without_its_target_everything_is_listed() {
    check(
        &DEPS,
        "x.deps.json",
        br#"{"runtimeTarget":".NETCoreApp,Version=v1.0","targets":{},"libraries":{"A/1.0":{"type":"package"},"bad":{"type":"package"}}}"#,
        "nuget A 1.0 - @1\nmanifest dotnet/deps - -\nerror line 1: `bad` is not `name/version`",
    );
}

#[test]
fn a_single_file_has_its_list_inside() {
    let host = [&[7; 100][..], &0_u64.to_le_bytes(), &BUNDLE_MARK, &[0; 50]].concat();
    check(&BUNDLE, "app", &host, "");
    let list_at = 400_usize;
    let header_at = list_at + SAMPLE.len();
    let mut bytes = [&[7; 100][..], &(header_at as u64).to_le_bytes(), &BUNDLE_MARK].concat();
    bytes.resize(list_at, 0);
    bytes.extend(SAMPLE.as_bytes());
    bytes.extend([6_u32, 0, 2].iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(b"\x03abc");
    bytes.extend((list_at as u64).to_le_bytes());
    bytes.extend((SAMPLE.len() as u64).to_le_bytes());
    let without_lines: String = EXPECTED
        .lines()
        .map(|line| line.split(" @").next().unwrap().to_owned() + line.split_once(" @").map_or("", |(_, rest)| &rest[2..]) + "\n")
        .collect();
    check(&BUNDLE, "app", &bytes, &without_lines);
    robust(&BUNDLE, "app", &bytes);
    let mut broken = bytes.clone();
    broken[header_at] = 0;
    check(&BUNDLE, "app", &broken, "error: a .NET program in a single file whose list of packages cannot be read");
}
