import PlatformEssentials
import PoissonGLMM

/// What columns are probably for, by their names and by what they hold. It is shown and can be
/// changed: to be right often is enough.
struct RoleGuess {
  let roles: [(column: String, role: ColumnRole)]

  private static let countNames = [
    "y", "count", "counts", "n", "events", "cases", "number", "ticks", "visits", "seizures",
  ]
  private static let groupNames = [
    "group", "groups", "subject", "patient", "id", "site", "clinic", "school", "class", "cluster",
    "brood", "location", "center", "centre", "hospital", "person", "plot", "batch",
  ]
  private static let exposureNames = [
    "exposure", "days", "time", "years", "hours", "person_years", "personyears", "population",
    "offset", "area", "duration",
  ]
  private static let rowNames = ["row", "index", "nr", "no", "obs", "observation"]

  init(_ survey: DataSurvey) {
    let columns = survey.columns
    let names = columns.map { $0.name.lowercased() }
    func first(_ wanted: [String], where holds: (DataSurvey.Column) -> Bool) -> Int? {
      wanted.compactMap { name in
        columns.indices.first { names[$0] == name && holds(columns[$0]) }
      }.first
    }
    func repeats(_ column: DataSurvey.Column) -> Bool {
      column.levels.count > 1 && column.levels.count * 2 <= survey.rowCount
    }
    let count =
      first(Self.countNames) { $0.holdsCounts } ?? columns.indices.first { columns[$0].holdsCounts }
    let group =
      first(Self.groupNames) { repeats($0) }
      ?? columns.indices.last { $0 != count && columns[$0].numbers == nil && repeats(columns[$0]) }
      ?? columns.indices.last {
        $0 != count && $0 > 1 && columns[$0].holdsCounts && repeats(columns[$0])
          && columns[$0].levels.count > 2
      }
      ?? columns.indices.last {
        $0 != count && columns[$0].holdsCounts && repeats(columns[$0])
      }
    roles = columns.indices.map { index in
      let column = columns[index]
      let role: ColumnRole
      if index == count {
        role = .count
      } else if index == group {
        role = .group
      } else if Self.rowNames.contains(names[index]) || column.levels.count < 2 {
        role = .unused
      } else if Self.exposureNames.contains(names[index]),
        column.numbers?.allSatisfy({ $0 > 0 }) ?? false
      {
        role = .exposure
      } else if column.numbers != nil || column.levels.count <= 12 {
        role = .predictor
      } else {
        role = .unused
      }
      return (column.name, role)
    }
  }
}
