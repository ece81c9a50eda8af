// SPDX-License-Identifier: MIT
// peer: command javac, package default-jdk-headless
// Java's ProcessBuilder.start(), in the way its runtime chooses.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

final class Driver {
	private final ProcessBuilder builder;

	private Driver(String target) {
		builder = new ProcessBuilder(target).inheritIO();
	}

	private List<String> burst(int count) throws Exception {
		List<String> samples = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			if ("program".equals(System.getenv("BENCH_BETWEEN")))
				new ProcessBuilder("sh", "-c", ":").inheritIO()
					.start().waitFor();
			long before = System.nanoTime();
			Process child = builder.start();
			long returned = System.nanoTime();
			int status = child.waitFor();
			long reaped = System.nanoTime();
			if (status != 0)
				throw new IOException("target ended with " + status);
			samples.add("1 " + before + " " + returned + " " + reaped + " 0");
		}
		return samples;
	}

	private List<String> burst(int count, int threads) throws Exception {
		ExecutorService workers = Executors.newFixedThreadPool(threads);
		List<Callable<List<String>>> bursts = new ArrayList<>();
		List<String> samples = new ArrayList<>();
		for (int i = 0; i < threads; i++)
			bursts.add(() -> burst(count));
		for (var done : workers.invokeAll(bursts))
			samples.addAll(done.get());
		workers.shutdown();
		return samples;
	}

	private String obey(String line) {
		String[] words = line.split(" ");
		int threads = Integer.parseInt(words[2]);
		int count = Integer.parseInt(words[3]);
		List<String> samples = new ArrayList<>();
		try {
			for (int i = Integer.parseInt(words[1]); i > 0; i--)
				samples.addAll(threads > 1 ? burst(count, threads)
							   : burst(count));
		} catch (Exception error) {
			return "failed " + error.getMessage();
		}
		samples.add("done");
		return String.join("\n", samples);
	}

	public static void main(String[] arguments) throws IOException {
		Driver driver = new Driver(arguments[0]);
		var in = new BufferedReader(new InputStreamReader(System.in));
		System.out.println("method Java-ProcessBuilder plain\nready");
		for (String line; (line = in.readLine()) != null;)
			System.out.println(driver.obey(line));
	}
}
