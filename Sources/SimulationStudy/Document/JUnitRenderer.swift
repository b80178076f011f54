/// What was judged, for programs that show test results: the XML that JUnit's Ant task began, which
/// GitLab, Jenkins, GitHub's actions and others read.
struct JUnitReport: Sendable, Equatable {
  /// One thing that was judged.
  struct Case: Sendable, Equatable {
    /// What groups cases: a scenario and a method.
    let group: String
    let name: String
    /// Why it did not pass; nil if it did.
    let failure: String?
    /// What is to be said although it passed; empty if nothing is.
    var note = ""
  }

  let name: String
  let cases: [Case]

  var text: String {
    let failures = cases.count { $0.failure != nil }
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      "<testsuites name=\(quoted(name)) tests=\"\(cases.count)\" failures=\"\(failures)\">",
    ]
    var groups: [String] = []
    for group in cases.map(\.group) where groups.last != group && !groups.contains(group) {
      groups.append(group)
    }
    let casesOfGroup = Dictionary(grouping: cases, by: \.group)
    for group in groups {
      let own = casesOfGroup[group] ?? []
      let failures = own.count { $0.failure != nil }
      lines.append(
        "  <testsuite name=\(quoted(group)) tests=\"\(own.count)\" failures=\"\(failures)\">")
      lines += own.map(line)
      lines.append("  </testsuite>")
    }
    return (lines + ["</testsuites>"]).joined(separator: "\n") + "\n"
  }

  private func line(_ item: Case) -> String {
    let start = "    <testcase classname=\(quoted(item.group)) name=\(quoted(item.name))"
    if let failure = item.failure {
      return start + "><failure message=\(quoted(failure))/></testcase>"
    }
    return item.note.isEmpty
      ? start + "/>"
      : start + "><system-out>\(HTMLText.escaped(item.note))</system-out></testcase>"
  }

  /// An attribute's value; line breaks would become spaces.
  private func quoted(_ text: String) -> String { "\"\(HTMLText.escaped(text))\"" }
}

/// How `study compare` and `study check` say what they have found.
package enum JudgementFormat: String, Sendable, CaseIterable {
  /// For people at a terminal.
  case text
  /// For a job's summary.
  case markdown
  /// For programs.
  case json
  /// For what shows test results.
  case junit
}
