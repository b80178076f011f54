import PoissonGLMM

/// Advice on a name that is not among the known ones.
enum NearestName {
  /// `did you mean 'seed'?` where a known name is close, else `expected one of ...`.
  static func advice(for unknown: String, among known: [String]) -> String {
    // A third of the letters wrong, at least two, is still a slip of the hand; more is another
    // word.
    let limit = max(2, unknown.count / 3)
    // A name this long is no slip, and the distance costs the product of the lengths.
    if unknown.count <= 64 {
      let nearest = known.map { (name: $0, distance: EditDistance.between(unknown, $0)) }
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
}
