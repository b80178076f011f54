import CalculatorAPI
import PlatformEssentials
import PoissonGLMM

/// What the page asks: to look at cells, to read a formula, or to fit.
struct PageRequest: Decodable {
  /// The cells, as CSV text. Without them only the formula or the roles are read.
  var text: String?
  /// What the file is called; nil for cells that were pasted.
  var name: String?
  /// Whether the first row names the columns; nil to be found.
  var header: Bool?
  var separator: String?
  var decimal: String?
  /// How letters were written in the file that was dropped; nil for UTF-8.
  var encoding: String?
  /// More texts that mean a missing value.
  var na: [String]?

  /// The columns, where the cells are not sent.
  var columns: [String]?
  /// The roles of columns by their names; a formula counts more.
  var roles: [String: ColumnRole]?
  var intercept: Bool?
  var formula: String?

  /// Whether the model is to be fitted.
  var fit: Bool?
  var alpha: Double?
  var approximation: String?
  /// The distribution of counts; Poisson if it is left out.
  var family: String?
  var standardize: Bool?
  /// How wide pictures are, in pixels.
  var width: Double?

  /// - Throws: `RequestProblem` for what is not such a request.
  init(json: [UInt8]) throws(RequestProblem) {
    do {
      self = try JSONDecoder().decode(PageRequest.self, from: Data(json))
    } catch DecodingError.dataCorrupted {
      throw RequestProblem(.malformed, "The request of the page is not JSON.")
    } catch {
      throw RequestProblem(
        .malformed, "The request of the page has a value of another kind than expected.")
    }
  }
}

extension PageRequest {
  /// The name under which messages and commands speak of the data: no other file to take away has
  /// it, and no command takes it for an option.
  var dataName: String {
    guard let name, !name.isEmpty else { return "data.csv" }
    if name.hasPrefix("-") { return "data\(name)" }
    let isTaken =
      name.hasSuffix(".svg")
      || ["report.html", "results.csv", "results.json", "random-effects.csv", "cells.csv"]
        .contains(name)
    return isTaken ? "data-\(name).csv" : name
  }

  /// The name of the file with the cells as they were read, which the command is about: another one
  /// than that of the user's file where that has other bytes.
  /// - Parameter hasOwnHeader: whether no row of names was put before the cells.
  func savedName(hasOwnHeader: Bool) -> String {
    let utf8 = TextEncoding.utf8.rawValue
    let isAsItWas = hasOwnHeader && encoding ?? utf8 == utf8
    guard let name, !name.isEmpty, !isAsItWas else { return dataName }
    let stem = dataName.hasSuffix(".csv") ? String(dataName.dropLast(4)) : dataName
    return "\(stem)-as-read.csv"
  }

  /// How the text is written, as far as the request tells.
  func format() throws(PageFault) -> CSVFormat {
    var format = CSVFormat()
    if let separator {
      guard let found = CSVSeparator(named: separator) else {
        throw PageFault(.data, "The separator is a comma, a semicolon, a tab or a bar.")
      }
      format.separator = found
    }
    format.missingTexts.formUnion(na ?? [])
    return format
  }

  /// The decimal mark, if the request tells.
  func decimalMark() throws(PageFault) -> DecimalMark? {
    guard let decimal else { return nil }
    guard let mark = DecimalMark(named: decimal) else {
      throw PageFault(.data, "Decimals stand behind a point or a comma.")
    }
    return mark
  }

  /// The settings of the fit but for the format of the data.
  func settings(threads: Int) throws(PageFault) -> FitSettings {
    var settings = FitSettings()
    settings.threads = threads
    if let alpha { settings.alpha = alpha }
    if let approximation {
      guard let found = Approximation(rawValue: approximation) else {
        let names = Approximation.allCases.map(\.rawValue).joined(separator: ", ")
        throw PageFault(.options, "The approximation is one of \(names).")
      }
      settings.approximation = found
    }
    if let family {
      guard let found = CountFamily(rawValue: family) else {
        let names = CountFamily.allCases.map(\.rawValue).joined(separator: ", ")
        throw PageFault(.options, "The family of counts is one of \(names).")
      }
      settings.family = found
    }
    settings.standardizes = standardize ?? false
    do {
      try settings.validate { $0 }
    } catch {
      throw PageFault(.options, error.description)
    }
    return settings
  }
}
