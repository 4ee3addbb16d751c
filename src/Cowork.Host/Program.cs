using Cowork.Host.Platform.Cli;

return await CommandLine.RunAsync(args);
