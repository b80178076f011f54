import GSLNumerics
import PoissonGLMM

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

private let version = CText(packageVersion)

@_cdecl("glmm_poisson_version")
public func libraryVersion() -> UnsafePointer<CChar>? { version.pointer }

@_cdecl("glmm_poisson_free")
public func freeText(_ text: UnsafeMutablePointer<CChar>?) { free(text) }

@_cdecl("glmm_poisson_call")
public func call(_ request: UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>? {
  GSL.returnErrors()
  guard request != nil else {
    return CText.copy(of: CallAnswer(error: "Invalid request: it is a null pointer.").text)
  }
  return CText.copy(of: CallAnswer(glmmPoisson(json: bytes(request)).answer).text)
}

@_cdecl("glmm_poisson_table")
public func table(
  _ y: UnsafePointer<Double>?, _ rows: Int64, _ x: UnsafePointer<Double>?, _ xColumns: Int64,
  _ groups: UnsafePointer<Double>?, _ xRandom: UnsafePointer<Double>?, _ xRandomColumns: Int64,
  _ fitIntercept: Int32, _ alpha: Double, _ approximation: UnsafePointer<CChar>?,
  _ limit: OpaquePointer?
) -> OpaquePointer? {
  result(limit: limit) {
    var arguments = GLMMPoissonArguments(
      y: try range(y, rows, 1, "y"), x: try range(x, rows, xColumns, "x"),
      groups: try range(groups, rows, 1, "groups"),
      xRandom: xRandom == nil ? .null : try range(xRandom, rows, xRandomColumns, "x_random"),
      fitIntercept: 0...1 ~= fitIntercept
        ? .bool(fitIntercept == 1) : .number(Double(fitIntercept)),
      alpha: .number(alpha))
    if approximation != nil {
      arguments.approximation = .text(try text(approximation, "Invalid input: approximation"))
    }
    let (answer, warnings) = glmmPoissonWithWarnings(arguments)
    return CallResult(answer, warnings: warnings)
  }
}

/// A range of numbers, row by row.
private func range(
  _ pointer: UnsafePointer<Double>?, _ rows: Int64, _ columns: Int64, _ name: String
) throws(ArgumentFault) -> SpreadsheetValue {
  let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
  guard rows >= 0, columns >= 0, !overflows else {
    throw ArgumentFault("Invalid input: \(name) cannot have \(rows) rows of \(columns) columns.")
  }
  let values = try array(pointer, count, "Invalid input: \(name)")
  // Rows without a cell take no memory, however many they are said to be: one says it.
  let rowCount = columns == 0 ? min(rows, 1) : rows
  return .list(
    (0..<Int(rowCount)).map { row in
      .list((0..<Int(columns)).map { .number(values[row * Int(columns) + $0]) })
    })
}
