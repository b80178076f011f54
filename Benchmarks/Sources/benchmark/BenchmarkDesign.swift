import SimulationStudy

/// The kinds of data sets: their fixed effects, grouping factors and random effects.
enum BenchmarkDesign: String, CaseIterable, Codable {
  /// Groups of 10 rows. p = 3 (intercept, a row-level covariate, a group-level covariate), random
  /// intercept.
  case intercept
  /// The same with negative binomial counts of size 1.5, fitted as such.
  case dispersed
  /// The same as `intercept` with a random slope in the row-level covariate.
  case slope
  /// Groups of 10 rows. p = 50 (intercept, 49 row-level covariates), random intercept.
  case wide
  /// 10 levels of b in each of a, 5 rows each: intercepts of both. This design and those below have
  /// two row-level covariates.
  case nested
  /// Three times as many levels of a as of b, and one row for each combination: intercepts of both.
  case crossed
  /// Rows of students s, lecturers d and departments, in the proportions of the InstEval data of
  /// lme4: intercepts of all three. Lecturers are drawn with a popularity of gamma(1), the others
  /// evenly.
  case insteval
  /// Groups of 10 rows: intercepts of groups, and of single rows.
  case row
  /// Groups of 10 rows: intercept and slope, which are correlated.
  case correlated

  private static let rowsPerGroup = 10
  /// Of InstEval.
  private static let ratings = (rows: 73_421, students: 2_972, lecturers: 1_128, departments: 14)

  /// How many levels each grouping factor has, in the order of the model's factors. Of lecturers
  /// a few may be drawn for no row.
  func levels(rows: Int) -> [Int] {
    switch self {
    case .intercept, .dispersed, .slope, .wide, .correlated: return [rows / Self.rowsPerGroup]
    case .nested: return [rows / 50, rows / 5]
    case .crossed:
      let second = Self.secondLevels(rows: rows)
      return [3 * second, second]
    case .insteval:
      let scale = Double(rows) / Double(Self.ratings.rows)
      let drawn = [Self.ratings.students, Self.ratings.lecturers].map {
        Int((scale * Double($0)).rounded())
      }
      return drawn + [Self.ratings.departments]
    case .row: return [rows / Self.rowsPerGroup, rows]
    }
  }

  /// Whether so many rows make whole groups, and at least two.
  func hasData(rows: Int) -> Bool {
    guard rows <= DataGeneratingMechanism.maximumRows else { return false }
    switch self {
    case .intercept, .dispersed, .slope, .wide, .row, .correlated:
      return rows >= 2 * Self.rowsPerGroup && rows % Self.rowsPerGroup == 0
    case .nested: return rows >= 100 && rows % 50 == 0
    case .crossed:
      let second = Self.secondLevels(rows: rows)
      return second >= 2 && rows == 3 * second * second
    case .insteval: return rows >= 200
    }
  }

  /// The rows that `hasData` accepts.
  var rowsInWords: String {
    let most = "\(DataGeneratingMechanism.maximumRows.grouped)"
    switch self {
    case .intercept, .dispersed, .slope, .wide, .row, .correlated:
      return "a multiple of 10, 20 to \(most)"
    case .nested: return "a multiple of 50, 100 to \(most)"
    case .crossed: return "3 times a square, 12 to \(most)"
    case .insteval: return "200 to \(most)"
    }
  }

  /// Levels of b in `crossed`: the square root of a third of the rows.
  private static func secondLevels(rows: Int) -> Int {
    Int((Double(max(0, rows)) / 3).squareRoot().rounded())
  }
}
