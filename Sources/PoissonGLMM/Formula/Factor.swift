import PlatformEssentials

/// A categorical variable.
struct Factor: Sendable, Equatable {
  /// The levels that occur, sorted: by value if all of them are numbers, otherwise by code points;
  /// or those of other rows or of the formula, in the order that these have.
  /// The first is the reference level of treatment contrasts.
  let levels: [String]
  /// For each row, the index of its level.
  let levelOfRow: [Int]

  init(levels: [String], levelOfRow: [Int]) {
    self.levels = levels
    self.levelOfRow = levelOfRow
  }

  /// A factor of numbers; whole numbers are labelled without a decimal point.
  init(numbers: [Double]) {
    let values = Set(numbers).sorted()
    let indexOfValue = Dictionary(
      uniqueKeysWithValues: values.enumerated().map { ($0.element, $0.offset) })
    levels = values.map(Grouping.label(ofNumber:))
    levelOfRow = numbers.map { indexOfValue[$0] ?? 0 }
  }

  /// A factor of labels, of which some may not occur. If all that occur spell numbers, it is a
  /// factor of numbers, unless two spell the same one: labels are text as it is written, as they
  /// are for groups, and 01 and 1 are two.
  init(codes: [Int32], labels: [String]) {
    var occurs = Array(repeating: false, count: labels.count)
    for code in codes { occurs[Int(code)] = true }
    let used = labels.indices.filter { occurs[$0] }
    var numberOfCode = [Double](repeating: .nan, count: labels.count)
    for code in used { numberOfCode[code] = Self.exactNumber(labels[code]) ?? .nan }
    let areNumbers = !used.contains { numberOfCode[$0].isNaN }
    if areNumbers, Set(used.map { numberOfCode[$0] }).count == used.count {
      self.init(numbers: codes.map { numberOfCode[Int($0)] })
      return
    }
    let sorted = used.sorted { first, second in
      if areNumbers, numberOfCode[first] != numberOfCode[second] {
        return numberOfCode[first] < numberOfCode[second]
      }
      return labels[first].unicodeScalars.lexicographicallyPrecedes(labels[second].unicodeScalars)
    }
    var levelOfCode = Array(repeating: 0, count: labels.count)
    for (level, code) in sorted.enumerated() { levelOfCode[code] = level }
    self.init(
      levels: sorted.map { labels[$0] }, levelOfRow: codes.map { levelOfCode[Int($0)] })
  }

  /// The same rows with the levels of another factor or, if a level is not among them, the first
  /// row with such a level.
  func recoded(to levels: [String]) -> Result<Factor, UnknownLevel> {
    let indices = Dictionary(
      levels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    // Where all levels are numbers, a spelling that none of them has is that of its number.
    let areNumbers = levels.allSatisfy(Self.isNumber)
    let newIndex = self.levels.map {
      indices[$0] ?? (areNumbers ? indices[Self.canonical($0)] : nil) ?? -1
    }
    if let row = levelOfRow.firstIndex(where: { newIndex[$0] < 0 }) {
      return .failure(UnknownLevel(row: row, level: self.levels[levelOfRow[row]]))
    }
    return .success(Factor(levels: levels, levelOfRow: levelOfRow.map { newIndex[$0] }))
  }

  /// A level that another factor does not have.
  struct UnknownLevel: Error {
    let row: Int
    let level: String
  }

  /// Whether a label spells a number that a `Double` tells apart from all others with as many
  /// digits.
  static func isNumber(_ label: String) -> Bool { exactNumber(label) != nil }

  /// One spelling for all labels that spell the same number, the one of levels and groups that are
  /// numbers; other labels as they are.
  static func canonical(_ label: String) -> String {
    exactNumber(label).map(Grouping.label(ofNumber:)) ?? label
  }

  /// The number that `label` spells, if a `Double` tells it apart from all others with as many
  /// digits.
  private static func exactNumber(_ label: String) -> Double? {
    let bytes = Array(label.utf8)
    let number = bytes.withUnsafeBufferPointer(DecimalNumber.parse)
    return number.isFinite && DecimalNumber.significantDigits(bytes) <= 15 ? number : nil
  }
}

extension Factor {
  /// The levels of a truth value, in R's order and words.
  static let truthLevels = ["FALSE", "TRUE"]

  /// The one of `levels` that a label is: as it is spelled or, where levels are numbers, as the
  /// same number.
  static func spelling(of label: String, among levels: [String]) -> String? {
    levels.contains(label) ? label : levels.first { $0 == canonical(label) }
  }

  /// A factor of 0 and 1.
  init(truths: [Double]) {
    let numbers = Factor(numbers: truths)
    self.init(
      levels: numbers.levels.map { $0 == "0" ? Self.truthLevels[0] : Self.truthLevels[1] },
      levelOfRow: numbers.levelOfRow)
  }

  /// A factor of computed numbers. As in R those that agree in 15 digits are one level.
  init(computed: [Double]) {
    self.init(numbers: computed.map { Double(String(printf: "%.15g", $0)) ?? $0 })
  }
}
