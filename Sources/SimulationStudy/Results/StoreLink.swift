import Foundation

/// The names of a store's file. SQLite follows a symbolic link, and keeps its journals beside the
/// file itself. Of hard links it knows nothing: each would have journals of its own, and one store
/// would be written as if it were two.
enum StoreLink {
  /// The file that a store is a link to; nil where it is none, or not there.
  /// - Throws: `StoreError` of kind `unusable` if the link leads nowhere, or the file has several
  ///   names.
  static func target(of file: URL) throws(StoreError) -> URL? {
    try checkNames(of: file)
    guard isLink(file) else { return nil }
    return realPath(of: file).map { URL(fileURLWithPath: $0) }
  }

  /// - Throws: `StoreError` of kind `unusable` if a link leads nowhere, or the file has several
  ///   names.
  static func checkNames(of file: URL) throws(StoreError) {
    var status = stat()
    guard stat(file.path, &status) == 0 else {
      guard isLink(file) else { return }
      throw StoreError(
        .unusable,
        "'\(file.relativePath)' is a link to a file that is not there: remove it, or choose "
          + "another directory.")
    }
    guard status.st_mode & S_IFMT != S_IFREG || status.st_nlink == 1 else {
      throw StoreError(
        .unusable,
        "'\(file.relativePath)' is one of \(status.st_nlink) names of a file, and what is written "
          + "by one name would be lost by another: copy the file, or choose another directory.")
    }
  }

  /// A store that is to be replaced must not be a link: the file behind it would stay.
  /// - Throws: `StoreError` of kind `unusable`.
  static func refuseToReplace(_ file: URL) throws(StoreError) {
    guard isLink(file) else { return }
    let target = realPath(of: file).map { " to '\($0)'" } ?? ""
    throw StoreError(
      .unusable,
      "'\(file.relativePath)' is a link\(target) and is not replaced: remove it, or choose "
        + "another --out."
    )
  }

  private static func isLink(_ file: URL) -> Bool {
    var status = stat()
    return lstat(file.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Without any link in it.
  private static func realPath(of file: URL) -> String? {
    guard let path = realpath(file.path, nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}
