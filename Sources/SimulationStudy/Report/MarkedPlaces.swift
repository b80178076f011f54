/// Which parameters are marked, and in which scenarios, in words:
/// ``Intercept` and `x2` in all 5 scenarios, `x1` in 2 of 5; most of all in `sparse-counts``.
struct MarkedPlaces {
  private let results: StudyResults
  /// The rows of one method and measure that can be judged.
  private let judged: [JudgedRow]
  private let standing: Standing

  private static let parametersShown = 6

  init(_ results: StudyResults, _ judged: [JudgedRow], _ standing: Standing) {
    self.results = results
    self.judged = judged
    self.standing = standing
  }

  /// The most frequent parameter first, those equally frequent in the model's order; nil if none is
  /// marked.
  var text: RichText? {
    let marked = judged.filter { $0.standing == standing }
    guard !marked.isEmpty else { return nil }
    let names = judged.map(\.parameter).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let groups = names.map { name in marked.filter { $0.parameter == name } }
      .filter { !$0.isEmpty }.enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
    // Parameters of which the same is said share a clause.
    var clauses: [(parameters: [RichText], place: RichText)] = []
    for group in groups.prefix(Self.parametersShown) {
      let (name, place) = (RichText.code(group[0].parameter), place(of: group))
      if let index = clauses.firstIndex(where: { $0.place == place }) {
        clauses[index].parameters.append(name)
      } else {
        clauses.append(([name], place))
      }
    }
    var text = clauses.map { RichText.list($0.parameters) + $0.place }.joined(separator: ", ")
    let rest = groups.count - Self.parametersShown
    if rest > 0 { text += " and \(NumberText.count(rest, "other parameter"))" }
    if let worst, marked.count > groups.count { text += "; most of all in \(code: worst)" }
    return text
  }

  /// ` in 3 of 5 scenarios`, of those that have the parameter; empty where the study has only one.
  private func place(of marked: [JudgedRow]) -> RichText {
    if results.samples.count == 1 { return .empty }
    if marked.count == 1 { return " in \(code: marked[0].scenario)" }
    let all = judged.count { $0.parameter == marked[0].parameter }
    if marked.count == all, all > 2 { return " in all \(NumberText.count(all)) scenarios" }
    if marked.count == all { return " in both scenarios" }
    return " in \(NumberText.count(marked.count)) of \(NumberText.count(all)) scenarios"
      + (levels(of: marked).map { " (" + $0 + ")" } ?? .empty)
  }

  /// The scenario that is farthest off.
  private var worst: String? {
    let marked = judged.filter { $0.standing == standing }
    let sorted = marked.sorted { ($0.value ?? 0) < ($1.value ?? 0) }
    return (standing == .below ? sorted.first : sorted.last)?.scenario
  }

  /// Of a grid, the levels to which the marked cells are confined: `groups 3 to 6`; nil if there
  /// are none such.
  private func levels(of marked: [JudgedRow]) -> RichText? {
    let settings = Dictionary(
      results.scenarios.map { ($0.name, $0.gridSettings) }, uniquingKeysWith: { first, _ in first })
    let names = Set(judged.map { settings[$0.scenario].map { $0.map(\.name) } ?? [] })
    guard names.count == 1, let factors = names.first else { return nil }
    let confined = factors.indices.compactMap { factor -> RichText? in
      let all = judged.compactMap { settings[$0.scenario]?[factor].value }
        .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      let own = Set(marked.compactMap { settings[$0.scenario]?[factor].value })
      let positions = all.indices.filter { own.contains(all[$0]) }
      guard own.count < all.count, let first = positions.first, let last = positions.last,
        last - first == positions.count - 1
      else { return nil }
      return "\(code: factors[factor]) \(all[first])" + (first == last ? "" : " to \(all[last])")
    }
    return confined.isEmpty ? nil : RichText.list(confined)
  }
}
