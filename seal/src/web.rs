//! Private keys held by the browser as non-extractable WebCrypto `CryptoKey`s.
