// JSch in an own folder, and delivering: HOST PORT OWNER PASSWORD DELIVERER KEY. Leaves the folder empty, and one
// payslip delivered.

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.ChannelSftp.LsEntry;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import javax.crypto.interfaces.DHPublicKey;

public class JschFiles {
    static final String OWN = "/Mijn bestanden/";

    /** Group 16 (RFC 3526): that of 4096 bits which Java has itself. Later versions of JSch have it. */
    public static class Group16 extends com.jcraft.jsch.jce.DH {
        @Override
        public void setP(byte[] group14) {
            try {
                var pairs = KeyPairGenerator.getInstance("DH");
                pairs.initialize(4096);
                var key = (DHPublicKey) pairs.generateKeyPair().getPublic();
                super.setP(key.getParams().getP().toByteArray());
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }
    }

    /** The signature of a host, rsa-sha2-512 (RFC 8332). Later versions of JSch have it. */
    public static class RsaSha512 implements com.jcraft.jsch.SignatureRSA {
        private Signature signature;

        public void init() throws Exception {
            signature = Signature.getInstance("SHA512withRSA");
        }

        public void setPubKey(byte[] e, byte[] n) throws Exception {
            var spec = new RSAPublicKeySpec(new BigInteger(n), new BigInteger(e));
            signature.initVerify((RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec));
        }

        public void update(byte[] data) throws Exception {
            signature.update(data);
        }

        public boolean verify(byte[] told) throws Exception {
            var buffer = new com.jcraft.jsch.Buffer(told);
            check(new String(buffer.getString(), "US-ASCII").equals("rsa-sha2-512"), "of another kind");
            return signature.verify(buffer.getString());
        }

        public void setPrvKey(byte[] d, byte[] n) {
            throw new UnsupportedOperationException();
        }

        public byte[] sign() {
            throw new UnsupportedOperationException();
        }
    }

    interface Verb {
        void run() throws Exception;
    }

    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    static SftpException refused(Verb verb) throws Exception {
        try {
            verb.run();
        } catch (SftpException error) {
            return error;
        }
        throw new AssertionError("it was not refused");
    }

    static void refused(int code, String words, Verb verb) throws Exception {
        SftpException error = refused(verb);
        check(error.id == code && error.getMessage().contains(words), error.id + " " + error.getMessage());
    }

    static ChannelSftp open(JSch jsch, String[] at, String login, String password) throws Exception {
        Session session = jsch.getSession(login, at[0], Integer.parseInt(at[1]));
        session.setPassword(password);
        session.setTimeout(60_000);
        session.setDaemonThread(true);
        session.setConfig("kex", "diffie-hellman-group16-sha512");
        session.setConfig("diffie-hellman-group16-sha512", "com.jcraft.jsch.DHG14");
        session.setConfig("dh", Group16.class.getName());
        session.setConfig("sha-1", "com.jcraft.jsch.jce.SHA512");
        session.setConfig("server_host_key", "rsa-sha2-512");
        session.setConfig("signature.rsa", RsaSha512.class.getName());
        session.setConfig("PreferredAuthentications", password == null ? "publickey" : "password");
        session.connect();
        var sftp = (ChannelSftp) session.openChannel("sftp");
        sftp.connect();
        return sftp;
    }

    static byte[] content(ChannelSftp sftp, String path) throws Exception {
        var content = new ByteArrayOutputStream();
        sftp.get(path, content);
        return content.toByteArray();
    }

    static void put(ChannelSftp sftp, String text, String path, int mode) throws Exception {
        sftp.put(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), path, mode);
    }

    static boolean holds(ChannelSftp sftp, String path, String text) throws Exception {
        return new String(content(sftp, path), StandardCharsets.UTF_8).equals(text);
    }

    static Set<String> names(ChannelSftp sftp, String folder) throws Exception {
        var names = new TreeSet<String>();
        for (Object entry : sftp.ls(folder)) names.add(((LsEntry) entry).getFilename());
        return names;
    }

    /** What there is to do in a folder of one's own. */
    static void own(ChannelSftp sftp) throws Exception {
        check(sftp.pwd().equals("/") && sftp.getServerVersion() == 3, sftp.pwd());
        sftp.cd(OWN);
        check(sftp.realpath("a/../b").equals(OWN + "b"), sftp.realpath("a/../b"));
        byte[] big = new byte[20_000_000];
        new Random(7).nextBytes(big);
        Files.write(Path.of("big.bin"), big);

        // Many requests at once each way, and a half of it that is gone on with.
        sftp.setBulkRequests(64);
        sftp.put("big.bin", "groot.bin");
        sftp.get("groot.bin", "back.bin");
        check(Arrays.equals(Files.readAllBytes(Path.of("back.bin")), big), "what came back differs");
        Files.write(Path.of("back.bin"), Arrays.copyOf(big, 7_000_000));
        sftp.get("groot.bin", "back.bin", null, ChannelSftp.RESUME);
        check(Arrays.equals(Files.readAllBytes(Path.of("back.bin")), big), "what was resumed differs");
        sftp.put(new ByteArrayInputStream(big, 0, 6_000_000), "half.bin");
        sftp.put("big.bin", "half.bin", ChannelSftp.RESUME);
        check(Arrays.equals(content(sftp, "half.bin"), big), "what was resumed differs");
        var stat = sftp.stat("half.bin");
        check(stat.getSize() == big.length && !stat.isDir() && sftp.stat(".").isDir(), stat.toString());

        put(sftp, "een", "brief é.txt", ChannelSftp.OVERWRITE);
        put(sftp, "twee", "brief é.txt", ChannelSftp.APPEND);
        check(holds(sftp, "brief é.txt", "eentwee"), "it is not written on");
        put(sftp, "drie", "brief é.txt", ChannelSftp.OVERWRITE);
        check(holds(sftp, "brief é.txt", "drie"), "it is not written over");
        sftp.setMtime("brief é.txt", 1577880000);
        sftp.chmod(0600, "brief é.txt");
        stat = sftp.lstat("brief é.txt");
        check(stat.getMTime() == 1577880000 && stat.getPermissionsString().equals("-rw-------"), stat.toString());
        check(sftp.statVFS(".").getAvail() > 0, "no room");

        // It renames as on a Unix system, over what is there.
        sftp.rename("brief é.txt", "half.bin");
        check(holds(sftp, "half.bin", "drie"), "it is not renamed");
        sftp.mkdir("map é");
        sftp.rename("half.bin", "map é/brief.txt");
        check(names(sftp, ".").equals(Set.of(".", "..", "groot.bin", "map é")), names(sftp, ".").toString());
        refused(ChannelSftp.SSH_FX_NO_SUCH_FILE, "bestaat hier niet", () -> sftp.get("nergens", "nergens"));
        refused(ChannelSftp.SSH_FX_PERMISSION_DENIED, "", () -> sftp.put("back.bin", "/Logboek/x.bin"));
        refused(ChannelSftp.SSH_FX_FAILURE, "niet leeg", () -> sftp.rmdir("map é"));
        sftp.rm("map é/brief.txt");
        sftp.rmdir("map é");
        sftp.rm("groot.bin");
    }

    /** A payslip that is taken in; and what is refused, of which the end of the upload says why. */
    static void deliver(ChannelSftp sftp) throws Exception {
        String payslip = "%PDF-1.4\n% JSch\ntrailer << >>\n%%EOF\n", name = "123456782L01_0042_loonstrook_2026-11.pdf";
        sftp.cd("/Aanleveren");
        put(sftp, payslip, name + ".part", ChannelSftp.OVERWRITE);
        sftp.rename(name + ".part", name);
        check(sftp.stat(name).getSize() == payslip.length() && names(sftp, ".").contains(name), "it is not listed");
        refused(ChannelSftp.SSH_FX_FAILURE, "E05",
            () -> put(sftp, payslip, "123456782L01_9999_loonstrook_2026-11.pdf", ChannelSftp.OVERWRITE));
        OutputStream stream = sftp.put("123456782L01_0042_loonstrook_2026-99.pdf");
        stream.write(payslip.getBytes(StandardCharsets.US_ASCII));
        try {
            stream.close();
        } catch (IOException error) {
            check(error.toString().contains("E08"), error.toString());
            return;
        }
        throw new AssertionError("a period that there is not was taken");
    }

    public static void main(String[] args) throws Exception {
        var jsch = new JSch();
        jsch.setKnownHosts("known");
        var sftp = open(jsch, args, args[2], args[3]);
        own(sftp);
        sftp.getSession().disconnect();
        jsch.addIdentity(args[5]);
        sftp = open(jsch, args, args[4], null);
        deliver(sftp);
        sftp.getSession().disconnect();
    }
}
