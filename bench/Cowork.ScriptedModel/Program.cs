// A language model for measurements: prints its address, then answers by the script in the message until its input ends.
await using var model = await Cowork.TestKit.ScriptedModel.StartAsync();
Console.WriteLine(model.BaseUrl);
await Console.In.ReadToEndAsync();
