import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** Says what it reads in the files of the lab, and writes every form of its own. */
public class ForeignFiles {
    static final char[] PASSWORD = "changeit".toCharArray();
    static Path folder;

    public static void main(String[] arguments) throws Exception {
        folder = Path.of(arguments[0]);
        for (String name : List.of("chain.pem", "chain.p7b", "leaf.der")) {
            StringBuilder seen = new StringBuilder();
            for (Certificate each : read(name)) {
                MessageDigest hash = MessageDigest.getInstance("SHA-256");
                seen.append(HexFormat.of().formatHex(hash.digest(each.getEncoded()))).append("\n");
            }
            Files.writeString(folder.resolve(name + ".seen"), seen);
        }
        List<Certificate> chain = List.copyOf(read("chain.pem"));
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(chain);
        Files.write(folder.resolve("java.p7b"), path.getEncoded("PKCS7"));
        Files.write(folder.resolve("java.pkipath"), path.getEncoded("PkiPath"));
        store("PKCS12", "java.p12", PASSWORD, chain, 0);
        store("PKCS12", "java-no-password.p12", null, chain, 0);
        store("PKCS12", "java-keys.p12", PASSWORD, chain, 2);
        protect("NONE");
        store("PKCS12", "java-open.p12", PASSWORD, chain, 0);
        protect("PBEWithSHA1AndRC2_40");
        store("PKCS12", "java-old.p12", PASSWORD, chain, 1);
        store("JKS", "java.jks", PASSWORD, chain, 1);
        store("JCEKS", "java.jceks", PASSWORD, chain, 0);
    }

    static Collection<? extends Certificate> read(String name) throws Exception {
        try (InputStream file = Files.newInputStream(folder.resolve(name))) {
            return CertificateFactory.getInstance("X.509").generateCertificates(file);
        }
    }

    static void protect(String algorithm) {
        Security.setProperty("keystore.pkcs12.certProtectionAlgorithm", algorithm);
    }

    static void store(String type, String name, char[] password, List<Certificate> chain, int keys)
            throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        for (Certificate each : chain) {
            store.setCertificateEntry("authority " + store.size(), each);
        }
        for (int number = 0; number < keys; number++) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            char[] another = ("key " + number).toCharArray();
            Certificate[] leaf = {chain.get(0)};
            store.setKeyEntry("key " + number, generator.generateKeyPair().getPrivate(), another, leaf);
        }
        try (var file = Files.newOutputStream(folder.resolve(name))) {
            store.store(file, password);
        }
    }
}
