import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.Extension;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads lines "leaf issuer OCSP|NONCE|CRL" and says of each what the PKIX checker finds. */
public class AskRevocation {
    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] words = line.split("\t");
            System.out.println(line + "\t" + ask(read(words[0]), read(words[1]), words[2]));
        }
    }

    static String ask(X509Certificate leaf, X509Certificate issuer, String method) throws Exception {
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf));
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        EnumSet<Option> options = EnumSet.of(Option.NO_FALLBACK);
        if (method.equals("CRL")) {
            options.add(Option.PREFER_CRLS);
        }
        checker.setOptions(options);
        if (method.equals("NONCE")) {
            checker.setOcspExtensions(List.of(new Nonce()));
        }
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(path, parameters);
            return "good";
        } catch (CertPathValidatorException refusal) {
            if (refusal.getCause() instanceof CertificateRevokedException revoked) {
                return "revoked " + revoked.getRevocationReason();
            }
            return refusal.getReason() + " " + refusal.getMessage();
        }
    }

    static X509Certificate read(String name) throws Exception {
        try (InputStream file = Files.newInputStream(Path.of(name))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
        }
    }

    /** Sixteen octets; the checker compares them with those of the answer. */
    static class Nonce implements Extension {
        private final byte[] value = new byte[18];

        Nonce() {
            new SecureRandom().nextBytes(value);
            value[0] = 4;
            value[1] = 16;
        }

        @Override
        public String getId() {
            return "1.3.6.1.5.5.7.48.1.2";
        }

        @Override
        public boolean isCritical() {
            return false;
        }

        @Override
        public byte[] getValue() {
            return value.clone();
        }

        @Override
        public void encode(OutputStream out) throws IOException {
            out.write(new byte[] {0x30, 31, 6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2, 4, 18});
            out.write(value);
        }
    }
}
