@_cdecl("glmm_poisson_result_free")
public func freeResult(_ result: OpaquePointer?) { release(result) }

@_cdecl("glmm_poisson_result_error")
public func errorOfResult(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
  object(result, CallResult.self)?.error?.pointer
}

@_cdecl("glmm_poisson_result_warnings")
public func warningsOfResult(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
  object(result, CallResult.self)?.warnings.pointer
}

@_cdecl("glmm_poisson_result_json")
public func jsonOfResult(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
  object(result, CallResult.self)?.json?.pointer
}

@_cdecl("glmm_poisson_result_csv")
public func csvOfResult(_ result: OpaquePointer?) -> UnsafePointer<CChar>? {
  object(result, CallResult.self)?.csv?.pointer
}

@_cdecl("glmm_poisson_result_saved")
public func savedFitOfResult(
  _ result: OpaquePointer?, _ size: UnsafeMutablePointer<Int64>?
) -> UnsafeRawPointer? {
  let saved = object(result, CallResult.self)?.saved
  size?.pointee = Int64(saved?.count ?? 0)
  return saved?.pointer
}

@_cdecl("glmm_poisson_result_rows")
public func rowCountOfResult(_ result: OpaquePointer?) -> Int64 {
  Int64(object(result, CallResult.self)?.table?.rowCount ?? 0)
}

@_cdecl("glmm_poisson_result_columns")
public func columnCountOfResult(_ result: OpaquePointer?) -> Int64 {
  Int64(object(result, CallResult.self)?.table?.columnCount ?? 0)
}

@_cdecl("glmm_poisson_result_text")
public func textOfCell(
  _ result: OpaquePointer?, _ row: Int64, _ column: Int64
) -> UnsafePointer<CChar>? {
  object(result, CallResult.self)?.table?.text(row, column)?.pointer
}

@_cdecl("glmm_poisson_result_number")
public func numberOfCell(_ result: OpaquePointer?, _ row: Int64, _ column: Int64) -> Double {
  object(result, CallResult.self)?.table?.number(row, column) ?? .nan
}
