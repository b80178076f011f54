/// The name nearest to `name` by spelling, whatever the letter case; nil if none is near.
/// - Parameter most: how many of the names are looked at, so that names without end cost no time.
func nearestName(to name: String, among names: [String], most: Int = 1000) -> String? {
  // What is beyond the first 100 letters does not count.
  func key(_ name: String) -> String {
    String(String.UnicodeScalarView(name.lowercased().unicodeScalars.prefix(100)))
  }
  let wanted = key(name)
  let nearest = names.prefix(most).map { ($0, EditDistance.between(wanted, key($0))) }
    .min { $0.1 < $1.1 }
  // Half of the letters wrong may still be a misspelling; more is another word.
  guard let (candidate, distance) = nearest, distance * 2 <= max(name.count, candidate.count)
  else { return nil }
  return candidate
}

/// The first twenty texts, one after another, and how many more there are.
/// - Parameter total: how many there are with those that are not in `texts`.
func listed(_ texts: [String], of total: Int? = nil) -> String {
  let shown = texts.prefix(20)
  let more = (total ?? texts.count) - shown.count
  return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
}
