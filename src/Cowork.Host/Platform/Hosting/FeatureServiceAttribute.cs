namespace Cowork.Host.Platform.Hosting;

/// <summary>Marks a class that the container makes: one instance for the life of the server, asked for by its own type.</summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class FeatureServiceAttribute : Attribute;
