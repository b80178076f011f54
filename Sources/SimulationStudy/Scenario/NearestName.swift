/// Advice on a name that is not among the known ones.
enum NearestName {
  /// `did you mean 'seed'?` where a known name is close, else `expected one of ...`.
  static func advice(for unknown: String, among known: [String]) -> String {
    // A third of the letters wrong, at least two, is still a slip of the hand; more is another word.
    let limit = max(2, unknown.count / 3)
    // A name this long is no slip, and the distance costs the product of the lengths.
    if unknown.count <= 64 {
      let nearest = known.map { (name: $0, distance: distance(from: unknown, to: $0)) }
        .min { $0.distance < $1.distance }
      if let nearest, nearest.distance <= limit, nearest.distance < nearest.name.count {
        return "did you mean '\(nearest.name)'?"
      }
    }
    return "expected \(list(known))."
  }

  /// `a`, `a or b`, `a, b or c`.
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "nothing" }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }

  /// The number of letters to insert, delete, replace or swap with a neighbour (optimal string alignment).
  static func distance(from first: String, to second: String) -> Int {
    let a = Array(first.unicodeScalars)
    let b = Array(second.unicodeScalars)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in 1...a.count {
      current[0] = i
      for j in 1...b.count {
        let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          current[j] = min(current[j], beforePrevious[j - 2] + 1)
        }
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
  }
}
