class LlmToolCall:
    def __init__(self, call):
        self.id, self.name, self.input = call['id'], call['name'], call['input']


class LlmResponse:
    def __init__(self, reply):
        self.content = reply['content']
        self.tool_calls = [LlmToolCall(call) for call in reply['tool_calls']]
        self.stop_reason = reply['stop_reason']


class Llm:
    def __init__(self, channel, model):
        self._channel = channel
        self.model = model

    def complete(self, system='', messages=(), tools=None, tool_choice=None, max_tokens=4096):
        if isinstance(messages, str):
            messages = [{'role': 'user', 'content': messages}]
        return LlmResponse(self._channel.call(
            'llm', system=system, messages=list(messages), tools=tools or [], tool_choice=tool_choice, max_tokens=max_tokens))

    async def complete_async(self, *args, **kwargs):
        import asyncio
        return await asyncio.get_running_loop().run_in_executor(None, lambda: self.complete(*args, **kwargs))

    def generate_object(self, schema, system='', messages=(), max_tokens=4096):
        """An answer in the shape of a JSON schema, of a pydantic model or of list[model]."""
        if isinstance(messages, str):
            messages = [{'role': 'user', 'content': messages}]
        messages = list(messages)
        json_schema, convert = self._shape(schema)
        tool = {'name': 'answer', 'description': 'Give the answer in this form.', 'input_schema': json_schema}
        for last in (False, True):
            reply = self.complete(system, messages, [tool], {'type': 'tool', 'name': 'answer'}, max_tokens)
            try:
                return convert(reply.tool_calls[0].input if reply.tool_calls else self._json(reply.content))
            except Exception as e:
                if last:
                    raise ValueError('The model gave no answer in this form: ' + str(e)) from None
                messages += [{'role': 'assistant', 'content': reply.content or '(no text)'},
                             {'role': 'user', 'content': 'This does not fit the form: %s\nAnswer again, in this form only: %s' % (e, json.dumps(json_schema))}]

    @staticmethod
    def _shape(schema):
        if isinstance(schema, dict):
            return schema, lambda value: value
        if getattr(schema, '__origin__', None) is list:
            inner, convert = Llm._shape(schema.__args__[0])
            definitions = inner.pop('$defs', None)
            outer = {'type': 'object', 'properties': {'items': {'type': 'array', 'items': inner}}, 'required': ['items']}
            if definitions:
                outer['$defs'] = definitions
            return outer, lambda value: [convert(item) for item in (value['items'] if isinstance(value, dict) else value)]
        if hasattr(schema, 'model_json_schema'):
            return schema.model_json_schema(), schema.model_validate
        raise TypeError('generate_object takes a JSON schema, a pydantic model or list[model].')

    @staticmethod
    def _json(text):
        start = min((i for i in (text.find('{'), text.find('[')) if i >= 0), default=0)
        return json.JSONDecoder().raw_decode(text[start:])[0]


def run_agent(llm, system, user_message, tools, handle_tool, max_turns=10, max_tokens=4096):
    messages = [{'role': 'user', 'content': user_message}]
    reply = None
    for _ in range(max_turns):
        reply = llm.complete(system, messages, tools, None, max_tokens)
        if not reply.tool_calls:
            break
        said = [{'type': 'text', 'text': reply.content}] if reply.content else []
        messages.append({'role': 'assistant', 'content': said + [
            {'type': 'tool_use', 'id': c.id, 'name': c.name, 'input': c.input} for c in reply.tool_calls]})
        messages.append({'role': 'user', 'content': [_tool_result(c, handle_tool) for c in reply.tool_calls]})
    return reply.content if reply else ''


def _tool_result(call, handle_tool):
    try:
        value, failed = handle_tool(call.name, call.input), False
    except Exception as e:
        value, failed = '%s: %s' % (type(e).__name__, e), True
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return {'type': 'tool_result', 'tool_use_id': call.id, 'content': text, 'is_error': failed}


def describe(value, limit):
    kind = type(value).__name__
    module = type(value).__module__.split('.')[0]
    rows = 5 if limit <= 2000 else 30
    try:
        if module in ('pandas', 'polars') and hasattr(value, 'head'):
            text = '%s %s\n%s\n%s' % (kind, getattr(value, 'shape', ''), getattr(value, 'dtypes', ''), value.head(rows))
        elif module == 'numpy' and hasattr(value, 'dtype'):
            text = '%s %s %s\n%s' % (kind, getattr(value, 'shape', ''), value.dtype, value)
        elif isinstance(value, dict):
            items = [repr(k) + ': ' + repr(v)[:200] for k, v in list(value.items())[:rows * 4]]
            text = 'dict with %d entries\n%s' % (len(value), '\n'.join(items))
        elif isinstance(value, (list, tuple, set, frozenset)):
            items = [repr(v)[:200] for v in list(value)[:rows * 4]]
            text = '%s with %d entries\n%s' % (kind, len(value), '\n'.join(items))
        elif isinstance(value, (str, bytes)):
            text = '%s of length %d\n%s' % (kind, len(value), value if isinstance(value, str) else repr(value[:limit]))
        else:
            text = '%s\n%r' % (kind, value)
    except Exception as e:
        text = '%s (cannot be shown: %s)' % (kind, e)
    return text if len(text) <= limit else text[:limit] + '…'


def helpers_for(channel, offered, model):
    """What cells may call; only what the server offers in this turn."""
    def progress(message):
        channel.send(t='progress', s=clean(message)[:500])

    def sample(var, mode='preview'):
        print(describe(var, 10000 if mode == 'full' else 2000))

    found = {'progress': progress, 'sample': sample}
    if 'llm' in offered:
        llm = Llm(channel, model)
        found['get_llm'] = lambda: llm
        found['agentic_loop'] = lambda *args, **kwargs: run_agent(llm, *args, **kwargs)
    if 'web_search' in offered:
        found['web_search'] = lambda query, max_results=5: channel.call('web_search', query=query, max_results=max_results)
    if 'memorize' in offered:
        found['memorize'] = lambda text, kind='lesson', scope='project', topic=None: channel.call(
            'memorize', text=text, kind=kind, scope=scope, topic=topic)
    return found
