import PoissonGLMM

/// Data as they are put together, column by column or as the text of a file.
final class DataBuilder {
  private(set) var data: FitData
  private var fault: CText?

  init(_ data: FitData) {
    self.data = data
  }

  /// Adds a column.
  /// - Returns: nil, or what is wrong with it.
  func add(
    _ name: UnsafePointer<CChar>?, _ values: (_ name: String) throws(ArgumentFault) -> DataColumn
  ) -> UnsafePointer<CChar>? {
    do {
      guard case .table(var table) = data else {
        throw ArgumentFault("The data are the text of a file: no column can be added.")
      }
      let name = try text(name, "The name of a column")
      let column = try values("Column '\(name)'")
      try table.add(name, column)
      data = .table(table)
      return nil
    } catch {
      let fault = CText("\(error)")
      self.fault = fault
      return fault.pointer
    }
  }
}

/// The data of a call.
func data(_ pointer: OpaquePointer?, _ name: String) throws -> FitData {
  guard let builder = object(pointer, DataBuilder.self) else {
    throw ArgumentFault("\(name) are a null pointer.")
  }
  return builder.data
}

@_cdecl("glmm_poisson_data_new")
public func newData() -> OpaquePointer? { retained(DataBuilder(.table(DataTable()))) }

@_cdecl("glmm_poisson_data_new_csv")
public func newTextData(
  _ text: UnsafePointer<UInt8>?, _ size: Int64, _ name: UnsafePointer<CChar>?
) -> OpaquePointer? {
  let name = name.map { String(cString: $0) } ?? "data"
  guard let bytes = try? array(text, size, "The text") else { return nil }
  return retained(DataBuilder(.text(Array(bytes), name: name)))
}

@_cdecl("glmm_poisson_data_free")
public func freeData(_ data: OpaquePointer?) { release(data) }

/// For where there are no data that could keep a message.
private let nullData = CText("The data are a null pointer.")

@_cdecl("glmm_poisson_data_add_numbers")
public func addNumbers(
  _ data: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafePointer<Double>?,
  _ rows: Int64
) -> UnsafePointer<CChar>? {
  guard let builder = object(data, DataBuilder.self) else { return nullData.pointer }
  return builder.add(name) { (name) throws(ArgumentFault) in
    .numeric(Array(try array(values, rows, name)))
  }
}

@_cdecl("glmm_poisson_data_add_texts")
public func addTexts(
  _ data: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ codes: UnsafePointer<Int32>?,
  _ rows: Int64, _ levels: UnsafePointer<UnsafePointer<CChar>?>?, _ levelCount: Int64
) -> UnsafePointer<CChar>? {
  guard let builder = object(data, DataBuilder.self) else { return nullData.pointer }
  return builder.add(name) { (name) throws(ArgumentFault) in
    var texts: [String] = []
    for (index, level) in try array(levels, levelCount, "\(name)").enumerated() {
      texts.append(try text(level, "Text \(index) of \(name)"))
    }
    return .text(codes: Array(try array(codes, rows, name)), levels: texts)
  }
}
