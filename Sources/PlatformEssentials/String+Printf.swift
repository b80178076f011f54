#if canImport(Glibc)
  /// The locale of C, whatever that of the process: a decimal point is a point.
  private nonisolated(unsafe) let plainLocale = newlocale(1 << LC_NUMERIC, "C", nil)
#endif

extension String {
  /// Numbers as `printf` of C writes them, with a point for the decimals.
  /// - Parameters:
  ///   - format: as of `printf`, for numbers alone.
  ///   - arguments: the numbers.
  package init(printf format: String, _ arguments: any CVarArg...) {
    #if canImport(Glibc)
      let previous = uselocale(plainLocale)
      defer { uselocale(previous) }
    #endif
    let length = withVaList(arguments) { vsnprintf(nil, 0, format, $0) }
    var bytes = [CChar](repeating: 0, count: Int(Swift.max(length, 0)) + 1)
    _ = withVaList(arguments) { vsnprintf(&bytes, bytes.count, format, $0) }
    self.init(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
