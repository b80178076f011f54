/// A pointer for C that keeps an object alive until it is freed.
func retained(_ object: AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// Gives up what `retained` keeps.
func release(_ pointer: OpaquePointer?) {
  guard let pointer else { return }
  Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(pointer)).release()
}

/// The object of a pointer that `retained` gave.
func object<Object: AnyObject>(_ pointer: OpaquePointer?, _: Object.Type) -> Object? {
  pointer.map { Unmanaged<Object>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}
