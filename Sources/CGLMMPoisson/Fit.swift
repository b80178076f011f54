import PoissonGLMM

@_cdecl("glmm_poisson_fit")
public func fit(
  _ data: OpaquePointer?, _ formula: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?,
  _ limit: OpaquePointer?
) -> OpaquePointer? {
  result(limit: limit) {
    let options = try FitSettings.options(json: bytes(options))
    let prepared = try PreparedFit(
      formula: text(formula, "The formula"), data: CGLMMPoisson.data(data, "The data"),
      settings: options.settings)
    let report = try prepared.report(keepsRandomEffects: options.keeps)
    return try CallResult(report, keeps: options.keeps)
  }
}

@_cdecl("glmm_poisson_predict")
public func predict(
  _ saved: UnsafePointer<UInt8>?, _ size: Int64, _ rows: OpaquePointer?,
  _ options: UnsafePointer<CChar>?, _ limit: OpaquePointer?
) -> OpaquePointer? {
  result(limit: limit) {
    let options = try FitSettings.options(json: bytes(options))
    let settings = options.settings
    let bytes = try array(saved, size, "The saved fit")
    let fit: SavedFit
    do {
      fit = try SavedFit(bytes: Array(bytes))
    } catch {
      throw ArgumentFault("The saved fit cannot be used: \(error)")
    }
    let rows = try PredictionReport.rows(
      fit.frame, fit.model, of: CGLMMPoisson.data(rows, "The new rows"),
      format: settings.dataFormat, scale: options.scale, groups: options.groups)
    try FitLimit.check()
    let report = try PredictionReport(
      try Predictor(fit), frame: fit.frame, rows: rows, scale: options.scale,
      alpha: settings.alpha, threads: settings.threads)
    return CallResult(report, warnings: fit.warnings)
  }
}
