import NIOSSL

/// The certificate and key for HTTPS.
enum ServerCertificate {
  /// - Throws: `ServerFailure` that names the file at fault.
  static func configuration(
    _ certificate: String, key: String
  ) throws(ServerFailure) -> TLSConfiguration {
    let chain: [NIOSSLCertificateSource]
    do {
      chain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
    } catch {
      throw fault(certificate, "a certificate in PEM")
    }
    let privateKey: NIOSSLPrivateKey
    do {
      privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
    } catch {
      throw fault(key, "a private key in PEM, without a password")
    }
    let configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain, privateKey: .privateKey(privateKey))
    // A key that is another certificate's is found here, and not when the first user comes.
    guard (try? NIOSSLContext(configuration: configuration)) != nil else {
      throw ServerFailure(
        exitStatus: ServerFailure.badData,
        sentence: "'\(key)' is not the private key of '\(certificate)'.")
    }
    return configuration
  }

  private static func fault(_ file: String, _ expected: String) -> ServerFailure {
    ServerFailure(
      exitStatus: ServerFailure.noSuchFile,
      sentence: "Cannot read '\(file)': expected \(expected).")
  }
}
