/// The message for a column that is not there: the nearest name by spelling, and the names there
/// are.
func unknownColumn(_ name: String, among names: [String]) -> String {
  let nearest = names.map { ($0, editDistance(name, $0)) }.min { $0.1 < $1.1 }
  let hint = nearest.flatMap { candidate, distance in
    // Half of the letters wrong may still be a misspelling; more is another word.
    distance * 2 <= max(name.count, candidate.count) ? " (did you mean '\(candidate)'?)" : nil
  }
  let shown = names.prefix(20).map { quoted($0).dropFirst().dropLast() }.joined(separator: ", ")
  let rest = names.count > 20 ? " and \(names.count - 20) more" : ""
  return "there is no column \(quoted(name))\(hint ?? ""); the columns are \(shown)\(rest)"
}

/// The Levenshtein distance of two words, letter case ignored; only the first 100 letters count.
private func editDistance(_ first: String, _ second: String) -> Int {
  let first = Array(first.lowercased().prefix(100))
  let second = Array(second.lowercased().prefix(100))
  var row = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in second.enumerated() {
      let substituted = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[second.count]
}
